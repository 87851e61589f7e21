//! The token of every form. A page of somebody else's can make a browser send a form to this console, but
//! it cannot read the token.

use std::fmt;

use maud::{Markup, html};
use subtle::ConstantTimeEq;

/// The name of the field that holds it.
const FIELD: &str = "action-token";

/// A secret of one console, which only its own pages hold.
#[derive(Clone)]
pub(crate) struct ActionToken(String);

impl fmt::Debug for ActionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActionToken")
    }
}

impl ActionToken {
    /// Makes a token of 128 random bits.
    ///
    /// Errors: the operating system has no random numbers.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        let mut bits = [0_u8; 16];
        getrandom::fill(&mut bits)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bits))))
    }

    /// The field of a form.
    pub(crate) fn field(&self) -> Markup {
        html! { input type="hidden" name=(FIELD) value=(self.0); }
    }

    /// Whether a form has the token.
    pub(crate) fn is_in(&self, form: &crate::form::FormFields) -> bool {
        form.get(FIELD).is_some_and(|given| given.as_bytes().ct_eq(self.0.as_bytes()).into())
    }
}
