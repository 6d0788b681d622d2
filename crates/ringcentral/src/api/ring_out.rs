//! `RingOut`: the platform calls one phone, then the other, and connects them.

use std::fmt;

use serde::Serialize;

use super::ExtensionApi;
use super::request::Request;
use super::segment;
use crate::types::{CountryId, ForwardingNumberId, PhoneNumber, RingOutId, open_enum, record};

open_enum! {
    /// How a call, or one of its two ends, is doing.
    RingOutWord {
        Invalid = "Invalid", Success = "Success", InProgress = "InProgress", Busy = "Busy", NoAnswer = "NoAnswer",
        RingOutFromThisNumberIsNotSupported = "RingOutFromThisNumberIsNotSupported", Rejected = "Rejected",
        GenericError = "GenericError", Finished = "Finished", InternationalDisabled = "InternationalDisabled",
        DestinationBlocked = "DestinationBlocked", NotEnoughFunds = "NotEnoughFunds", NoSuchUser = "NosuchUser",
        Error = "Error", CannotReach = "CannotReach", NoAnsweringMachine = "NoAnsweringMachine",
        NoSessionFound = "NoSessionFound",
    }
}

record! {
    /// A call that was begun by `RingOut`.
    pub struct RingOut {
        /// Its id.
        pub id: RingOutId,
        /// Its address.
        pub uri: Option<String>,
        /// How it is doing.
        pub status: Option<RingOutStatus>,
    }
}

record! {
    /// How a call and its two ends are doing.
    pub struct RingOutStatus {
        /// The call.
        pub call_status: Option<RingOutWord>,
        /// The phone that rings first.
        pub caller_status: Option<RingOutWord>,
        /// The phone that rings second.
        pub callee_status: Option<RingOutWord>,
    }
}

/// A call to be begun.
///
/// ```no_run
/// # async fn example(client: ringcentral::Client) -> ringcentral::Result<()> {
/// use ringcentral::{PhoneNumber, RingOutCall};
///
/// let (mine, theirs) = (PhoneNumber::parse("+16505550101")?, PhoneNumber::parse("+14155550123")?);
/// let call = client.me().ring_out(&RingOutCall::to(&theirs).from(&mine).play_prompt(true)).await?;
/// let status = client.me().ring_out_status(&call.id).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RingOutCall {
    to: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Caller>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller_id: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    play_prompt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Country>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Number {
    phone_number: PhoneNumber,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Caller {
    PhoneNumber(PhoneNumber),
    ForwardingNumberId(ForwardingNumberId),
}

#[derive(Clone, Serialize)]
struct Country {
    id: CountryId,
}

impl Number {
    fn of(number: &PhoneNumber) -> Self {
        Self {
            phone_number: number.clone(),
        }
    }
}

impl RingOutCall {
    /// A call to this number.
    pub fn to(number: &PhoneNumber) -> Self {
        Self {
            to: Number::of(number),
            from: None,
            caller_id: None,
            play_prompt: None,
            country: None,
        }
    }

    /// The phone that rings first; the user's default one unless told otherwise.
    #[must_use]
    pub fn from(mut self, number: &PhoneNumber) -> Self {
        self.from = Some(Caller::PhoneNumber(number.clone()));
        self
    }

    /// The phone that rings first, as one of the user's forwarding numbers.
    #[must_use]
    pub fn from_forwarding_number(mut self, id: impl Into<ForwardingNumberId>) -> Self {
        self.from = Some(Caller::ForwardingNumberId(id.into()));
        self
    }

    /// The number that whoever is called sees.
    #[must_use]
    pub fn caller_id(mut self, number: &PhoneNumber) -> Self {
        self.caller_id = Some(Number::of(number));
        self
    }

    /// Whether the first one to pick up has to press a key before the other phone rings.
    #[must_use]
    pub fn play_prompt(mut self, play: bool) -> Self {
        self.play_prompt = Some(play);
        self
    }

    /// The country whose rules the number is read by, by its id in the dictionary.
    #[must_use]
    pub fn country(mut self, id: impl Into<CountryId>) -> Self {
        self.country = Some(Country { id: id.into() });
        self
    }
}

impl fmt::Debug for RingOutCall {
    /// Without whose phones it rings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingOutCall")
            .field("play_prompt", &self.play_prompt)
            .finish_non_exhaustive()
    }
}

impl ExtensionApi {
    /// Begins a call. `POST …/ring-out`; rate group Heavy; the app needs `RingOut`. A lost answer is reported, never
    /// silently repeated: phones would ring twice.
    pub fn ring_out(&self, call: &RingOutCall) -> Request<RingOut> {
        Request::json(self.client.post(&self.below("ring-out")).json(call))
    }

    /// How a call is doing. `GET …/ring-out/{ringoutId}`; rate group Light; the app needs `RingOut`.
    pub fn ring_out_status(&self, id: impl Into<RingOutId>) -> Request<RingOut> {
        Request::json(self.client.get(&self.ring_out_path(&id.into())))
    }

    /// Cancels a call, as long as nobody has picked up. `DELETE …/ring-out/{ringoutId}`; rate group Heavy; the app needs
    /// `RingOut`.
    pub fn cancel_ring_out(&self, id: impl Into<RingOutId>) -> Request<()> {
        Request::done(self.client.delete(&self.ring_out_path(&id.into())))
    }

    fn ring_out_path(&self, id: &RingOutId) -> String {
        self.below(&format!("ring-out/{}", segment(id.as_str())))
    }
}
