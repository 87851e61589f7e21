//! Parts of pages.

mod cause;
mod data_tree;
mod dates;
mod json_source;
mod json_text;
mod line_diff;
mod missing_part;
mod pagination;
mod status;
mod tag_table;
mod value_lines;

pub use self::dates::duration_text;
pub(crate) use self::{
    cause::cause_text,
    data_tree::{data_tree, small_data_tree},
    dates::{milliseconds_of, now, running_duration, time_element},
    json_source::{LineMark, definition_source},
    json_text::{WrittenJson, indented_json, unfolded_json},
    line_diff::line_diff,
    missing_part::missing_part,
    pagination::next_page_link,
    status::{state_badge, status_badge, status_words},
    tag_table::tag_table,
    value_lines::value_lines,
};
