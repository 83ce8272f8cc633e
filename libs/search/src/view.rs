//! One state of the index, as searches see it.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::postings::SegmentPostings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, SegmentReader, TERMINATED, TantivyDocument, Term};
use uuid::Uuid;

use crate::columns::Columns;
use crate::error::Error;
use crate::schema::Fields;
use crate::stored;

/// The segments of one commit, and their columns.
pub(crate) struct View {
    pub searcher: Searcher,
    pub columns: Vec<Arc<Columns>>,
    pub fields: Fields,
    /// Place in the event stream up to which this is.
    pub position: u64,
}

/// One segment of a view.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub number: u32,
    pub reader: &'a SegmentReader,
    pub columns: &'a Columns,
}

impl View {
    /// The state `searcher` sees. Columns that `before` has are taken from there.
    pub fn new(
        searcher: Searcher,
        fields: Fields,
        position: u64,
        before: Option<&Self>,
    ) -> tantivy::Result<Self> {
        let known: HashMap<SegmentId, &Arc<Columns>> = before
            .into_iter()
            .flat_map(|view| {
                view.searcher
                    .segment_readers()
                    .iter()
                    .map(SegmentReader::segment_id)
                    .zip(&view.columns)
            })
            .collect();
        let columns = searcher
            .segment_readers()
            .iter()
            .map(|segment| match known.get(&segment.segment_id()) {
                Some(columns) => Ok(Arc::clone(columns)),
                None => Columns::load(segment).map(Arc::new),
            })
            .collect::<tantivy::Result<_>>()?;
        Ok(Self {
            searcher,
            columns,
            fields,
            position,
        })
    }

    /// The segments in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        (0..)
            .zip(self.searcher.segment_readers())
            .zip(&self.columns)
            .map(|((number, reader), columns)| Segment {
                number,
                reader,
                columns,
            })
    }

    /// How many products are in it.
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// How many documents were replaced or removed since the last merge.
    pub fn replaced(&self) -> u64 {
        self.searcher
            .segment_readers()
            .iter()
            .map(|segment| u64::from(segment.num_deleted_docs()))
            .sum()
    }

    /// In how many documents `term` stands; those replaced since the last merge count.
    pub fn frequency(&self, field: Field, term: &str) -> Result<u64, Error> {
        Ok(self.searcher.doc_freq(&Term::from_field_text(field, term))?)
    }

    /// The version of a product that is in it.
    pub fn version(&self, id: Uuid) -> Result<Option<u64>, Error> {
        Ok(self.find(id)?.map(|(version, ..)| version))
    }

    /// Version and payload of a product that is in it.
    pub fn get(&self, id: Uuid) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let Some((version, segment, doc)) = self.find(id)? else {
            return Ok(None);
        };
        Ok(Some((version, self.stored(segment, doc)?.1)))
    }

    /// Version and place of a product.
    fn find(&self, id: Uuid) -> Result<Option<(u64, u32, u32)>, Error> {
        let term = Term::from_field_bytes(self.fields.id, id.as_bytes());
        for (number, segment) in (0..).zip(self.segments()) {
            let inverted = segment.reader.inverted_index(self.fields.id)?;
            let Some(mut postings) = inverted.read_postings(&term, IndexRecordOption::Basic)? else {
                continue;
            };
            while postings.doc() != TERMINATED {
                if !segment.reader.is_deleted(postings.doc()) {
                    let doc = postings.doc();
                    return Ok(Some((segment.columns.version(doc), number, doc)));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// Name and payload of a document.
    pub fn stored(&self, segment: u32, doc: u32) -> Result<(String, Vec<u8>), Error> {
        let document: TantivyDocument = self.searcher.doc(DocAddress::new(segment, doc))?;
        let value = document.get_first(self.fields.stored);
        let bytes = value
            .as_ref()
            .and_then(tantivy::schema::Value::as_bytes)
            .unwrap_or_default();
        let (name, payload) = stored::read(bytes).unwrap_or_default();
        Ok((name.to_owned(), payload.to_owned()))
    }
}

impl Segment<'_> {
    /// The documents a term stands in.
    pub fn postings(&self, field: Field, term: &str) -> Result<Option<SegmentPostings>, Error> {
        let inverted = self.reader.inverted_index(field)?;
        let term = Term::from_field_text(field, term);
        Ok(inverted.read_postings(&term, IndexRecordOption::WithFreqs)?)
    }
}
