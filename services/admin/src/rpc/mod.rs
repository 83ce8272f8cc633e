//! The gRPC services: who calls, what is asked, a flow or a read, the answer.

mod audit;
mod campaigns;
mod dashboard;
mod operations;
mod people;
mod proposals;

use futures::stream::BoxStream;
use tonic::{Response, Status};

pub use audit::Audit;
pub use campaigns::Campaigns;
pub use dashboard::Dashboards;
pub use operations::Operations;
pub use people::People;
pub use proposals::Proposals;

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = BoxStream<'static, Result<T, Status>>;
