//! The table of the functions.

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use super::{
    Arguments, aggregation, array, encoding, format_number, hash, higher_order, integer_format,
    integer_parse, number, object, random, search, text, time,
};
use crate::{datum::Datum, evaluator::Evaluator, syntax::Signature, thrown::Evaluated};

type BuiltinCall = for<'a> fn(Arguments<'_, 'a>) -> Evaluated<Datum<'a>>;

/// A function of the language.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    /// How many arguments it takes for each item. In JavaScript it is the `length` of the function,
    /// which does not count arguments with defaults.
    pub(crate) arity: usize,
    pub(super) call: BuiltinCall,
}

impl fmt::Debug for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The name, the signature, the arity and the implementation of each function.
const TABLE: &[(&str, &str, usize, BuiltinCall)] = &[
    ("sum", "<a<n>:n>", 1, aggregation::sum),
    ("count", "<a:n>", 1, aggregation::count),
    ("max", "<a<n>:n>", 1, aggregation::max),
    ("min", "<a<n>:n>", 1, aggregation::min),
    ("average", "<a<n>:n>", 1, aggregation::average),
    ("string", "<x-b?:s>", 1, text::string),
    ("substring", "<s-nn?:s>", 3, text::substring),
    ("substringBefore", "<s-s:s>", 2, text::substring_before),
    ("substringAfter", "<s-s:s>", 2, text::substring_after),
    ("lowercase", "<s-:s>", 1, text::lowercase),
    ("uppercase", "<s-:s>", 1, text::uppercase),
    ("length", "<s-:n>", 1, text::length),
    ("trim", "<s-:s>", 1, text::trim),
    ("pad", "<s-ns?:s>", 3, text::pad),
    ("join", "<a<s>s?:s>", 2, text::join),
    ("match", "<s-f<s:o>n?:a<o>>", 3, search::match_pattern),
    ("contains", "<s-(sf):b>", 2, search::contains),
    ("replace", "<s-(sf)(sf)n?:s>", 4, search::replace),
    ("split", "<s-(sf)n?:a<s>>", 3, search::split),
    ("formatNumber", "<n-so?:s>", 3, format_number::format_number),
    ("formatBase", "<n-n?:s>", 2, number::format_base),
    ("formatInteger", "<n-s:s>", 2, integer_format::format_integer),
    ("parseInteger", "<s-s:n>", 2, integer_parse::parse_integer),
    ("number", "<(nsb)-:n>", 1, number::number),
    ("floor", "<n-:n>", 1, number::floor),
    ("ceil", "<n-:n>", 1, number::ceil),
    ("round", "<n-n?:n>", 2, number::round),
    ("abs", "<n-:n>", 1, number::abs),
    ("sqrt", "<n-:n>", 1, number::sqrt),
    ("power", "<n-n:n>", 2, number::power),
    ("random", "<n?:n>", 0, random::random),
    ("boolean", "<x-:b>", 1, number::boolean),
    ("not", "<x-:b>", 1, number::not),
    ("map", "<af>", 2, higher_order::map),
    ("zip", "<a+>", 0, array::zip),
    ("filter", "<af>", 2, higher_order::filter),
    ("single", "<af?>", 2, higher_order::single),
    ("reduce", "<afj?:j>", 3, higher_order::reduce),
    ("sift", "<o-f?:o>", 2, higher_order::sift),
    ("keys", "<x-:a<s>>", 1, object::keys),
    ("lookup", "<x-s:x>", 2, object::lookup),
    ("append", "<xx:a>", 2, array::append),
    ("exists", "<x:b>", 1, object::exists),
    ("spread", "<x-:a<o>>", 1, object::spread),
    ("merge", "<a<o>:o>", 1, object::merge),
    ("reverse", "<a:a>", 1, array::reverse),
    ("each", "<o-f:a>", 2, higher_order::each),
    ("error", "<s?:x>", 1, object::error),
    ("assert", "<bs?:x>", 2, object::assert),
    ("type", "<x:s>", 1, object::type_name),
    ("sort", "<af?:a>", 2, higher_order::sort),
    ("shuffle", "<a:a>", 1, random::shuffle),
    ("distinct", "<x:x>", 1, array::distinct),
    ("base64encode", "<s-:s>", 1, encoding::base64_encode),
    ("base64decode", "<s-:s>", 1, encoding::base64_decode),
    ("encodeUrlComponent", "<s-:s>", 1, encoding::encode_url_component),
    ("encodeUrl", "<s-:s>", 1, encoding::encode_url),
    ("decodeUrlComponent", "<s-:s>", 1, encoding::decode_url_component),
    ("decodeUrl", "<s-:s>", 1, encoding::decode_url),
    ("toMillis", "<s-s?:n>", 2, time::to_millis),
    ("fromMillis", "<n-s?s?:s>", 3, time::from_millis),
    ("clone", "<(oa)-:o>", 1, object::clone),
    ("now", "<s?s?:s>", 2, time::now),
    ("millis", "<:n>", 0, time::millis),
    ("partition", "<xn?:a>", 2, array::partition),
    ("range", "<n?n?n?:a>", 3, array::range),
    ("hash", "<ss?:s>", 2, hash::hash),
    ("uuid", "<:s>", 0, random::uuid),
    ("parse", "<s?:x>", 1, object::parse),
];

static BUILTINS: LazyLock<BTreeMap<&'static str, Builtin>> = LazyLock::new(|| {
    let builtins = TABLE.iter().map(|(name, signature, arity, call)| {
        let signature = Signature::parse(signature).expect("our own signatures are well-formed");
        (*name, Builtin { name, signature, arity: *arity, call: *call })
    });
    builtins.collect()
});

static TRANSFORM_SIGNATURE: LazyLock<Signature> =
    LazyLock::new(|| Signature::parse("<(oa):o>").expect("our own signatures are well-formed"));

/// The function with a name.
pub(crate) fn find_builtin(name: &str) -> Option<&'static Builtin> {
    BUILTINS.get(name)
}

/// The signature of the functions that `|…|…|` makes.
pub(crate) fn transform_signature() -> &'static Signature {
    &TRANSFORM_SIGNATURE
}

/// Converts the arguments of a partially applied function, which jsonata-js does not check.
/// `$match` searches the text that JavaScript makes of a value.
pub(crate) fn coerce_partial_arguments<'a>(
    evaluator: &Evaluator<'a>,
    builtin: &Builtin,
    arguments: &mut [Datum<'a>],
) -> Evaluated<()> {
    if builtin.name == "match"
        && let Some(first) = arguments.first_mut()
    {
        let text = match &*first {
            Datum::Undefined | Datum::Text(_) => return Ok(()),
            Datum::Object(_) => "[object Object]".to_owned(),
            other => evaluator.text_of(other)?,
        };
        *first = Datum::text(&evaluator.meter, text)?;
    }
    Ok(())
}
