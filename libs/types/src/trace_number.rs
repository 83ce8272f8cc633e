//! Numbers by which public registers know an animal or a batch. What they tell
//! is read off them; no register is asked.

use time::{Date, Month};

/// A trace number and what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Without spaces and hyphens, letters in upper case.
    pub number: String,
    pub kind: Kind,
}

/// What a trace number is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// 이력번호 of an animal: 12 digits.
    Animal,
    /// 묶음번호: `L`, what it holds, the day it was made up, 7 digits.
    Bundle { livestock: Livestock, made: Date },
    /// 난각코드: MMDD, the farm, how the hens live.
    Egg { laid: Date, farm: String, housing: u8 },
}

/// What a livestock bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Livestock {
    Beef,
    Pork,
    Chicken,
    Duck,
}

/// The text is no trace number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TraceInvalid {
    #[error(
        "must be 12 digits of an animal, 15 characters `L...` of a bundle, or 10 characters of an egg code"
    )]
    Unknown,
    #[error("the second character of a bundle number must be 0 beef, 1 pork, 2 chicken or 5 duck")]
    Livestock,
    #[error("a bundle number must have 13 digits after the kind: YYMMDD and 7 more")]
    Bundle,
    #[error("the date in it must be a day of the calendar, today or before")]
    Date,
    #[error("the last digit of an egg code must be from 1 to 4")]
    Housing,
    #[error("the farm in an egg code must be 5 letters or digits")]
    Farm,
}

/// Reads a trace number as it is printed; `today` in Korea tells the year of
/// eggs.
///
/// # Errors
/// It is none.
pub fn decode(text: &str, today: Date) -> Result<Trace, TraceInvalid> {
    let number: String = text
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| character.to_ascii_uppercase())
        .collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !number.is_ascii() {
        return Err(TraceInvalid::Unknown);
    }
    let kind = match number.len() {
        12 if digits(&number) => Kind::Animal,
        15 if number.starts_with('L') => bundle(&number, today)?,
        10 if digits(&number[..4]) => egg(&number, today)?,
        _ => return Err(TraceInvalid::Unknown),
    };
    Ok(Trace { number, kind })
}

fn bundle(number: &str, today: Date) -> Result<Kind, TraceInvalid> {
    let livestock = match number.as_bytes()[1] {
        b'0' => Livestock::Beef,
        b'1' => Livestock::Pork,
        b'2' => Livestock::Chicken,
        b'5' => Livestock::Duck,
        _ => return Err(TraceInvalid::Livestock),
    };
    if !number[2..].bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TraceInvalid::Bundle);
    }
    let year = 2000 + number_of(&number[2..4]).ok_or(TraceInvalid::Bundle)?;
    let made = day(year, &number[4..8]).filter(|made| *made <= today);
    let made = made.ok_or(TraceInvalid::Date)?;
    Ok(Kind::Bundle { livestock, made })
}

fn egg(code: &str, today: Date) -> Result<Kind, TraceInvalid> {
    let farm = &code[4..9];
    if !farm.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(TraceInvalid::Farm);
    }
    let housing = match code.as_bytes()[9] {
        digit @ b'1'..=b'4' => digit - b'0',
        _ => return Err(TraceInvalid::Housing),
    };
    // The last such day; four years hold a 29 February.
    let laid = (0..=4)
        .filter_map(|back| day(today.year() - back, &code[..4]))
        .find(|laid| *laid <= today);
    Ok(Kind::Egg {
        laid: laid.ok_or(TraceInvalid::Date)?,
        farm: farm.to_owned(),
        housing,
    })
}

fn day(year: i32, month_and_day: &str) -> Option<Date> {
    let month = Month::try_from(u8::try_from(number_of(&month_and_day[..2])?).ok()?).ok()?;
    let day = u8::try_from(number_of(&month_and_day[2..])?).ok()?;
    Date::from_calendar_date(year, month, day).ok()
}

fn number_of(digits: &str) -> Option<i32> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 22);

    #[test]
    fn each_kind_tells_what_it_is() {
        let trace = |text: &str| decode(text, TODAY).map(|trace| trace.kind);
        assert_eq!(trace("002 1234 5678 9"), Ok(Kind::Animal));
        let made = date!(2026 - 11 - 20);
        for (digit, livestock) in [
            ('0', Livestock::Beef),
            ('1', Livestock::Pork),
            ('2', Livestock::Chicken),
            ('5', Livestock::Duck),
        ] {
            let number = format!("l{digit}261120-1234-567");
            assert_eq!(trace(&number), Ok(Kind::Bundle { livestock, made }));
        }
        let egg = |laid| Kind::Egg {
            laid,
            farm: "M3FDS".into(),
            housing: 2,
        };
        assert_eq!(trace("1120M3FDS2"), Ok(egg(date!(2026 - 11 - 20))));
        assert_eq!(
            trace("1123m3fds2"),
            Ok(egg(date!(2025 - 11 - 23))),
            "of last year"
        );
        assert_eq!(trace("0229M3FDS2"), Ok(egg(date!(2024 - 02 - 29))));
        assert_eq!(
            decode("l0261120-1234-567", TODAY).map(|trace| trace.number),
            Ok("L02611201234567".into())
        );
    }

    #[test]
    fn what_is_none_is_told_why() {
        use TraceInvalid::{Bundle, Farm, Housing, Livestock, Unknown};
        for (text, why) in [
            ("", Unknown),
            ("12345678901", Unknown),
            ("감자감자감자", Unknown),
            ("00212345678X", Unknown),
            ("L32611201234567", Livestock),
            ("L0261120123456X", Bundle),
            ("L02611311234567", TraceInvalid::Date),
            ("L02611231234567", TraceInvalid::Date),
            ("1120M3FDS5", Housing),
            ("1120M3!DS2", Farm),
            ("1320M3FDS2", TraceInvalid::Date),
            ("0230M3FDS2", TraceInvalid::Date),
        ] {
            assert_eq!(decode(text, TODAY), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_trace_number_or_refused_and_reading_it_again_changes_nothing(text in "\\PC{0,20}|[L0-9]{10,15}") {
            if let Ok(trace) = decode(&text, TODAY) {
                prop_assert_eq!(decode(&trace.number, TODAY), Ok(trace));
            }
        }
    }
}
