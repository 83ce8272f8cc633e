//! What is pulled, from where, and how often.

use time::Duration;

use crate::config::Config;

/// One source that is pulled again and again.
#[derive(Debug, PartialEq, Eq)]
pub struct Job {
    pub name: &'static str,
    /// Who publishes the data.
    pub source: &'static str,
    /// The source's name of it.
    pub service: &'static str,
    pub every: Duration,
    pub kind: Kind,
}

/// What a job's rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Recalls,
    /// Rows that are kept as they are, by the field that names them.
    Records(&'static str),
    Prices,
    Businesses,
}

const HOUR: Duration = Duration::hours(1);

/// All of them, by name.
pub static JOBS: [Job; 9] = [
    job(
        "haccp-certificates",
        "HACCP",
        "CertImgListServiceV3",
        Duration::WEEK,
        Kind::Records("prdlstReportNo"),
    ),
    job(
        "kamis-prices",
        "KAMIS",
        "dailyPriceByCategoryList",
        Duration::hours(6),
        Kind::Prices,
    ),
    job(
        "mfds-barcodes",
        "MFDS",
        "C005",
        Duration::WEEK,
        Kind::Records("BAR_CD"),
    ),
    job(
        "mfds-import-inspections",
        "MFDS",
        "I2640",
        Duration::hours(6),
        Kind::Records("SEQ"),
    ),
    job(
        "mfds-inspections",
        "MFDS",
        "I2620",
        Duration::hours(6),
        Kind::Records("RTRVLDSUSE_SEQ"),
    ),
    job(
        "mfds-product-reports",
        "MFDS",
        "I1250",
        Duration::WEEK,
        Kind::Records("PRDLST_REPORT_NO"),
    ),
    job(
        "mfds-recalls",
        "MFDS",
        "I0490",
        Duration::minutes(30),
        Kind::Recalls,
    ),
    job(
        "mfds-sanctions",
        "MFDS",
        "I0470",
        Duration::hours(12),
        Kind::Records("DSPSDTLS_SEQ"),
    ),
    job(
        "nts-businesses",
        "NTS",
        "status",
        HOUR.saturating_mul(24),
        Kind::Businesses,
    ),
];

const fn job(
    name: &'static str,
    source: &'static str,
    service: &'static str,
    every: Duration,
    kind: Kind,
) -> Job {
    Job {
        name,
        source,
        service,
        every,
        kind,
    }
}

impl Job {
    /// The job of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        JOBS.iter().find(|job| job.name == name)
    }

    /// Whether the settings name its source.
    pub fn is_set_up(&self, config: &Config) -> bool {
        let url = match self.source {
            "MFDS" => &config.mfds_url,
            "HACCP" => &config.haccp_url,
            "KAMIS" => &config.kamis_url,
            _ => &config.nts_url,
        };
        !url.is_empty() && (self.kind != Kind::Businesses || !config.nts_numbers.is_empty())
    }

    /// Most calls a day.
    pub fn daily_calls(&self, config: &Config) -> u32 {
        match self.source {
            "MFDS" => config.mfds_daily_calls,
            "HACCP" => config.haccp_daily_calls,
            "KAMIS" => config.kamis_daily_calls,
            _ => config.nts_daily_calls,
        }
    }

    /// The field that names a row.
    pub fn key_field(&self) -> &'static str {
        match self.kind {
            Kind::Recalls => "RTRVLDSUSE_SEQ",
            Kind::Records(field) => field,
            Kind::Prices => "item_code",
            Kind::Businesses => "b_no",
        }
    }
}
