//! A short run of the drill that `make pay-drill` runs at length.

use std::process::Command;

use crate::mesh::{alone, root};

#[tokio::test]
async fn the_books_agree_after_every_fault_and_kill() {
    // It has a mesh of its own and needs the machine.
    let _alone = alone().await;
    let drill = std::env::current_exe()
        .unwrap()
        .ancestors()
        .nth(2)
        .unwrap()
        .join("pay-drill");
    assert!(
        drill.exists(),
        "{} is not built; run `make test`",
        drill.display()
    );
    let run = Command::new(drill)
        .args(["--orders", "48", "--timed", "0"])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(
        said.contains("difference                             0 won"),
        "{said}"
    );
    assert!(
        said.contains("card numbers                             0, in "),
        "{said}"
    );
}
