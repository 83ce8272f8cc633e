use anyhow::Result;
use rustix::process::Signal;

use crate::Part;
use crate::data_dir::DataDir;
use crate::guard::Server;
use crate::postgres::utf8;
use crate::tools::Tools;

/// How often it writes its state, beside at its end: at a crash so many seconds are lost.
const STATE_EVERY: &str = "2";

/// There is no password: its accounts' keys are known to everybody, and hold nothing.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

pub(crate) fn prepare(data: &DataDir, tools: &Tools<'_>) -> Result<Server> {
    Ok(Server {
        name: Part::Anvil.name().into(),
        program: tools.program("anvil")?,
        args: Vec::new(),
        dir: data.home(Part::Anvil)?,
        account: data.account(),
        stop: Signal::INT.as_raw(),
        abandon: Signal::KILL.as_raw(),
    })
}

/// A block for each transaction, so that the chain grows only when something is done.
pub(crate) fn arguments(data: &DataDir, port: u16) -> Result<Vec<String>> {
    let state = utf8(&data.home(Part::Anvil)?.join("state.json"))?;
    let port = port.to_string();
    let arguments = [
        "--quiet",
        "--host",
        "127.0.0.1",
        "--port",
        &port,
        "--state",
        &state,
    ];
    let every = ["--state-interval", STATE_EVERY];
    Ok(arguments.into_iter().chain(every).map(str::to_owned).collect())
}
