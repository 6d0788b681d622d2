//! The account itself.

use serde::{Deserialize, Serialize};

use super::AccountApi;
use crate::error::Result;
use crate::types::{AccountId, ExtensionId};

/// What `GET …/account/{accountId}` says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct AccountInfo {
    /// The account's id.
    pub id: AccountId,
    /// The company's main number.
    pub main_number: Option<String>,
    /// The extension that takes calls nobody else takes.
    pub operator: Option<Operator>,
    /// What the account is subscribed to.
    pub service_info: Option<ServiceInfo>,
    /// `Confirmed` for an account in use.
    pub status: Option<String>,
}

/// The operator extension.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// Its id.
    pub id: Option<ExtensionId>,
    /// Its short number.
    pub extension_number: Option<String>,
}

/// What the account is subscribed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct ServiceInfo {
    /// The name of the service plan.
    #[serde(default)]
    pub service_plan: Option<Named>,
    /// The brand.
    #[serde(default)]
    pub brand: Option<Named>,
}

/// Something with an id and a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Named {
    /// The id.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
}

impl AccountApi {
    /// The account. Rate group Light; needs `ReadAccounts`.
    ///
    /// # Errors
    /// As [`RequestBuilder::send`](crate::RequestBuilder::send).
    pub async fn info(&self) -> Result<AccountInfo> {
        self.client.get(&self.path).send().await?.json()
    }
}
