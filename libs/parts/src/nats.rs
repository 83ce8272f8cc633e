use anyhow::Result;
use rustix::process::Signal;

use crate::Part;
use crate::data_dir::DataDir;
use crate::guard::Server;
use crate::postgres::utf8;
use crate::tools::Tools;

pub(crate) fn url(password: &str, port: u16) -> String {
    format!("nats://xlcfi:{password}@127.0.0.1:{port}")
}

pub(crate) fn prepare(data: &DataDir, tools: &Tools<'_>) -> Result<Server> {
    let home = data.home(Part::Nats)?;
    Ok(Server {
        name: Part::Nats.name().into(),
        program: tools.program("nats-server")?,
        args: vec!["--config".into(), utf8(&home.join("nats.conf"))?],
        dir: home,
        account: data.account(),
        stop: Signal::INT.as_raw(),
        abandon: Signal::KILL.as_raw(),
    })
}

/// Writes what the server reads at its start.
pub(crate) fn configure(data: &DataDir, port: u16) -> Result<()> {
    let home = data.home(Part::Nats)?;
    // An acknowledged message is on the disk, as a committed transaction is.
    let sync = if data.is_ephemeral() { "2m" } else { "always" };
    let store = serde_json::to_string(&utf8(&home.join("jetstream"))?)?;
    let password = &data.password;
    let text = format!(
        r#"server_name: xlcfi
host: "127.0.0.1"
port: {port}
max_payload: 1MB
jetstream {{
  store_dir: {store}
  sync_interval: {sync}
}}
authorization {{
  user: xlcfi
  password: "{password}"
}}
"#
    );
    data.write(&home.join("nats.conf"), &text)
}
