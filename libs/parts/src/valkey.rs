use anyhow::Result;
use rustix::process::Signal;

use crate::Part;
use crate::data_dir::DataDir;
use crate::guard::Server;
use crate::postgres::utf8;
use crate::tools::Tools;

pub(crate) fn url(password: &str, port: u16) -> String {
    format!("redis://:{password}@127.0.0.1:{port}")
}

pub(crate) fn prepare(data: &DataDir, tools: &Tools<'_>) -> Result<Server> {
    let home = data.home(Part::Valkey)?;
    Ok(Server {
        name: Part::Valkey.name().into(),
        program: tools.program("valkey-server")?,
        args: vec![utf8(&home.join("valkey.conf"))?],
        dir: home,
        account: data.account(),
        stop: Signal::INT.as_raw(),
        abandon: Signal::KILL.as_raw(),
    })
}

/// Writes what the server reads at its start. It keeps nothing on the disk: what is in it can be made again.
pub(crate) fn configure(data: &DataDir, port: u16) -> Result<()> {
    let home = data.home(Part::Valkey)?;
    let password = &data.password;
    let text = format!(
        r#"bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
"#
    );
    data.write(&home.join("valkey.conf"), &text)
}
