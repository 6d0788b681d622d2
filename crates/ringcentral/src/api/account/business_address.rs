//! Where the company is.

use super::super::AccountApi;
use super::super::request::Request;
use crate::types::record;

record! {
    /// The company's name and where it is.
    pub struct BusinessAddress {
        /// Its address on the platform.
        pub uri: Option<String>,
        /// The company's name.
        pub company: Option<String>,
        /// Its e-mail address.
        pub email: Option<String>,
        /// The name of its main site.
        pub main_site_name: Option<String>,
        /// Where it is.
        pub business_address: Option<PostalAddress>,
    }
}

record! {
    /// A postal address.
    #[derive(Default)]
    pub struct PostalAddress {
        /// The country.
        pub country: Option<String>,
        /// The state or province.
        pub state: Option<String>,
        /// The city.
        pub city: Option<String>,
        /// Street and house number.
        pub street: Option<String>,
        /// The postal code.
        pub zip: Option<String>,
    }
}

impl AccountApi {
    /// The company's name and where it is. `GET …/business-address`; rate group Light; the app needs `ReadAccounts`, the
    /// user `ReadCompanyInfo`.
    pub fn business_address(&self) -> Request<BusinessAddress> {
        Request::json(self.client.get(&self.below("business-address")))
    }
}
