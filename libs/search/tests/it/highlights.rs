use xlcfi_search::Query;

use crate::catalogue::{TODAY, demo_index, put};

#[test]
fn what_matched_is_marked_in_the_name() {
    let (index, foods) = demo_index();
    let name = |text: &str| {
        index.search(&Query::new(text, TODAY)).unwrap().hits[0]
            .highlighted_name
            .clone()
    };
    assert_eq!(name("당근 10kg"), "세척<em>당근</em> <em>10kg</em>");
    assert_eq!(name("ekdrms"), "세척<em>당근</em> 10kg");
    assert_eq!(name("ㅅㅊㄷ 10kg"), "<em>세척당</em>근 <em>10kg</em>");
    assert_eq!(name("당ㄱ"), "세척<em>당근</em> 10kg");

    let mut spiced = foods[0].clone();
    spiced.version = 2;
    spiced.name = "<b>매운</b> 콜라비 & \"친구\"".to_owned();
    put(&index, &[spiced], 2);
    assert_eq!(
        name("콜라비"),
        "&lt;b&gt;매운&lt;/b&gt; <em>콜라비</em> &amp; &quot;친구&quot;"
    );
}
