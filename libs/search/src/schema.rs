//! The fields of the index.

use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;

use crate::wire::Wire;

/// Version of the fields: raised whenever an index made before would be read wrongly.
pub const SCHEMA_VERSION: u32 = 2;

/// Name of the tokenizer of all text fields.
const TOKENIZER: &str = "wire";

/// The fields, by what they are for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// The product's id, to find it for a change.
    pub id: Field,
    /// Every token of every text, its frequency being its [`Place`](crate::place::Place).
    pub text: Field,
    /// Neighbours in the name, as one term each.
    pub pairs: Field,
    /// Runs of initial consonants of the name, their frequency telling how they begin.
    pub initials: Field,
    /// The last syllables of the words of the name.
    pub endings: Field,
    /// Neighbouring characters of the words of the name.
    pub bigrams: Field,
    /// What the product's own category is called, where that is one word.
    pub kinds: Field,
    /// Words to correct with and to suggest, never searched.
    pub words: Field,
    /// Phrases to suggest, never searched.
    pub phrases: Field,
    /// Name and payload.
    pub stored: Field,
    /// First half of the id.
    pub id_high: Field,
    /// Second half of the id.
    pub id_low: Field,
    /// Version.
    pub version: Field,
    /// Microseconds since 1970 when it was listed.
    pub created: Field,
    /// Won.
    pub price: Field,
    /// Day number of the use-by date, or [`NO_DATE`].
    pub use_by: Field,
    /// Storage, allergens and the like, packed by [`crate::columns`].
    pub facts: Field,
    /// What [`crate::columns`] keeps for ranking, packed.
    pub rank: Field,
    /// What documents are sorted by, the best first: see [`crate::matching::quality`].
    pub quality: Field,
    /// Category path.
    pub category: Field,
    /// Origin.
    pub origin: Field,
    /// Seller.
    pub seller: Field,
}

/// Name of the field that documents are sorted by.
pub(crate) const QUALITY: &str = "quality";

/// Stands where goods have no use-by date: after all that have one.
pub(crate) const NO_DATE: i32 = i32::MAX;

fn text(record: IndexRecordOption) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(TOKENIZER)
        .set_index_option(record)
        .set_fieldnorms(false);
    TextOptions::default().set_indexing_options(indexing)
}

/// The schema and its fields.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let number = || NumericOptions::default().set_fast();
    let label = || TextOptions::default().set_fast("raw");
    let fields = Fields {
        id: builder.add_bytes_field("id", BytesOptions::default().set_indexed()),
        text: builder.add_text_field("text", text(IndexRecordOption::WithFreqs)),
        pairs: builder.add_text_field("pairs", text(IndexRecordOption::Basic)),
        initials: builder.add_text_field("initials", text(IndexRecordOption::WithFreqs)),
        endings: builder.add_text_field("endings", text(IndexRecordOption::Basic)),
        bigrams: builder.add_text_field("bigrams", text(IndexRecordOption::Basic)),
        kinds: builder.add_text_field("kinds", text(IndexRecordOption::Basic)),
        words: builder.add_text_field("words", text(IndexRecordOption::Basic)),
        phrases: builder.add_text_field("phrases", text(IndexRecordOption::Basic)),
        stored: builder.add_bytes_field("stored", BytesOptions::default().set_stored()),
        id_high: builder.add_u64_field("id_high", number()),
        id_low: builder.add_u64_field("id_low", number()),
        version: builder.add_u64_field("version", number()),
        created: builder.add_i64_field("created", number()),
        price: builder.add_i64_field("price", number()),
        use_by: builder.add_i64_field("use_by", number()),
        facts: builder.add_u64_field("facts", number()),
        rank: builder.add_u64_field("rank", number()),
        quality: builder.add_u64_field(QUALITY, number()),
        category: builder.add_text_field("category", label()),
        origin: builder.add_text_field("origin", label()),
        seller: builder.add_text_field("seller", label()),
    };
    (builder.build(), fields)
}

/// The tokenizers the schema names.
pub(crate) fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(TOKENIZER, Wire::default());
    tokenizers
}
