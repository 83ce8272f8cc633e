use tonic::{Request, Response, Status};
use xlcfi_contracts::member::v1::benefit_service_server::BenefitService;
use xlcfi_contracts::member::v1::{
    CorrectPointsRequest, CorrectPointsResponse, GetGradeRequest, GetGradeResponse, GetPointStatementRequest,
    GetPointStatementResponse, ListExpiringPointsRequest, ListExpiringPointsResponse, ListGradesRequest,
    ListGradesResponse,
};
use xlcfi_identity::admit;

use crate::Ctx;
use crate::calendar::end_of_month;
use crate::convert;
use crate::error::Error;
use crate::flows::corrections;
use crate::grade::{self, BENEFITS};
use crate::store;

/// `xlcfi.member.v1.BenefitService`.
#[derive(Debug)]
pub struct Benefits(pub Ctx);

#[tonic::async_trait]
impl BenefitService for Benefits {
    async fn list_grades(
        &self,
        request: Request<ListGradesRequest>,
    ) -> Result<Response<ListGradesResponse>, Status> {
        admit(request)?;
        let grades = BENEFITS.into_iter().map(convert::grade_benefit).collect();
        Ok(Response::new(ListGradesResponse { grades }))
    }

    async fn get_grade(
        &self,
        request: Request<GetGradeRequest>,
    ) -> Result<Response<GetGradeResponse>, Status> {
        let (caller, _) = admit(request)?;
        let (db, member_id) = (self.0.database.pool(), caller.user()?.id);
        let found = store::members::grade(db, member_id).await.map_err(Error::from)?;
        let (grade, grade_time) = found.ok_or(Error::MemberNotFound)?;
        let since = grade::window_start(self.0.clock.now());
        let purchased = store::nights::purchased_by(db, member_id, since).await;
        let purchased = purchased.map_err(Error::from)?;
        let missing = grade
            .next()
            .map(|next| convert::won((next.threshold - purchased).max(0)));
        Ok(Response::new(GetGradeResponse {
            benefit: Some(convert::grade_benefit(grade.benefit())),
            purchased: Some(convert::won(purchased)),
            next: grade.next().map(convert::grade_benefit),
            missing,
            grade_time: grade_time.map(convert::timestamp),
        }))
    }

    async fn list_expiring_points(
        &self,
        request: Request<ListExpiringPointsRequest>,
    ) -> Result<Response<ListExpiringPointsResponse>, Status> {
        let (caller, request) = admit(request)?;
        let page = convert::page(request.page_size, &request.page_token)?;
        let listed = store::lots::list(self.0.database.pool(), caller.user()?.id, &page).await;
        let mut lots = listed.map_err(Error::from)?;
        let next_page_token = page.finish(&mut lots, |lot| (lot.expire_time, lot.lot_id));
        Ok(Response::new(ListExpiringPointsResponse {
            points: lots.into_iter().map(convert::expiring).collect(),
            next_page_token,
        }))
    }

    async fn correct_points(
        &self,
        request: Request<CorrectPointsRequest>,
    ) -> Result<Response<CorrectPointsResponse>, Status> {
        let (_, request) = admit(request)?;
        let (member_id, points) = (convert::member_id(&request.member_id)?, request.points);
        let (reason, decided) = convert::correction(&request)?;
        let corrected = corrections::correct(&self.0, member_id, points, reason, &decided).await;
        let (entry, balance) = corrected?;
        Ok(Response::new(CorrectPointsResponse {
            entry: Some(convert::point_entry(entry)),
            balance,
        }))
    }

    async fn get_point_statement(
        &self,
        request: Request<GetPointStatementRequest>,
    ) -> Result<Response<GetPointStatementResponse>, Status> {
        let (caller, request) = admit(request)?;
        let (db, member_id) = (self.0.database.pool(), caller.user()?.id);
        let (begin, end) = convert::month(&request.month)?;
        let known = store::points::get(db, member_id).await.map_err(Error::from)?;
        known.ok_or(Error::MemberNotFound)?;
        let opening = store::points::before(db, member_id, begin)
            .await
            .map_err(Error::from)?;
        let sums = store::points::sums(db, member_id, begin, end)
            .await
            .map_err(Error::from)?;
        let after = end_of_month(end).unwrap_or(end);
        let expiring = store::lots::expiring(db, member_id, end, after).await;
        Ok(Response::new(GetPointStatementResponse {
            month: request.month,
            opening,
            closing: opening + sums.iter().map(|sum| sum.points).sum::<i64>(),
            sums: sums.into_iter().map(convert::point_sum).collect(),
            expiring_next_month: expiring.map_err(Error::from)?,
        }))
    }
}
