//! Where an answer sends on to, and what of the request may go there. Pure.

use reqwest::{
    Method, StatusCode,
    header::{HeaderName, HeaderValue},
};
use url::Url;

use super::{allow, error::HttpError, prepare::is_credential, scrub::Secrets};

/// One request of a chain. Has no `Debug`: it holds secrets.
pub(super) struct Hop {
    pub method: Method,
    pub url: Url,
    pub headers: Vec<Header>,
    /// The payload goes along.
    pub with_body: bool,
}

/// A header as it is sent.
#[derive(Clone)]
pub(super) struct Header {
    pub name: HeaderName,
    pub value: HeaderValue,
    /// A secret was filled in.
    pub secret: bool,
}

impl Hop {
    /// Does sending it twice no harm by its method alone?
    pub fn is_safe(&self) -> bool {
        self.method == Method::GET || self.method == Method::HEAD
    }

    /// The request that an answer asks for next; none: it is no redirect.
    pub fn next(
        &self,
        status: StatusCode,
        location: Option<&HeaderValue>,
        secrets: &Secrets,
    ) -> Result<Option<Self>, HttpError> {
        let (true, Some(location)) = (matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308), location) else {
            return Ok(None);
        };
        let host = allow::authority(&self.url);
        let refuse = |why: &str| HttpError::Redirect { host: host.clone(), why: why.into() };
        let text = std::str::from_utf8(location.as_bytes()).map_err(|_| refuse("its address is not text"))?;
        let mut url = self.url.join(text).map_err(|_| refuse("its address is not a URL"))?;
        url.set_fragment(None);
        let same_origin = self.url.origin() == url.origin();
        if self.url.scheme() == "https" && url.scheme() != "https" {
            return Err(refuse("it is not over https"));
        }
        // As it came, too: a host's name loses its capitals.
        if !same_origin && (secrets.are_in(url.as_str()) || secrets.are_in(text)) {
            return Err(refuse("its address holds a secret, and is another host's"));
        }
        let code = status.as_u16();
        let to_get = (code == 303 && !self.is_safe()) || (matches!(code, 301 | 302) && self.method == Method::POST);
        let method = if to_get { Method::GET } else { self.method.clone() };
        let keep = |h: &&Header| {
            (same_origin || !(h.secret || is_credential(&h.name)))
                && !(to_get && h.name.as_str().starts_with("content-"))
        };
        let headers = self.headers.iter().filter(keep).cloned().collect();
        Ok(Some(Self { method, url, headers, with_body: self.with_body && !to_get }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(method: Method, url: &str) -> Hop {
        let header = |name: &'static str, secret| Header {
            name: HeaderName::from_static(name),
            value: HeaderValue::from_static("v"),
            secret,
        };
        let headers = vec![
            header("x-key", true),
            header("authorization", false),
            header("cookie", false),
            header("accept", false),
            header("content-type", false),
        ];
        Hop { method, url: Url::parse(url).unwrap(), headers, with_body: true }
    }

    fn follow(from: &Hop, status: u16, to: &str) -> Result<Option<Hop>, String> {
        let secrets = Secrets::new([("k", "sk-0123456789")]);
        let location = HeaderValue::from_str(to).unwrap();
        from.next(StatusCode::from_u16(status).unwrap(), Some(&location), &secrets).map_err(|e| e.to_string())
    }

    fn names(hop: &Hop) -> Vec<&str> {
        hop.headers.iter().map(|h| h.name.as_str()).collect()
    }

    #[test]
    fn methods_and_bodies_follow_the_status() {
        let table = [
            (301, Method::POST, Method::GET, false),
            (302, Method::POST, Method::GET, false),
            (303, Method::POST, Method::GET, false),
            (303, Method::PUT, Method::GET, false),
            (303, Method::HEAD, Method::HEAD, true),
            (307, Method::POST, Method::POST, true),
            (308, Method::POST, Method::POST, true),
            (301, Method::PUT, Method::PUT, true),
            (302, Method::DELETE, Method::DELETE, true),
            (302, Method::GET, Method::GET, true),
        ];
        for (status, method, want, body) in table {
            let next = follow(&hop(method.clone(), "https://a.com/x"), status, "/y").unwrap().unwrap();
            assert_eq!((&next.method, next.with_body), (&want, body), "{status} {method}");
            assert_eq!(next.url.as_str(), "https://a.com/y");
        }
        for status in [200, 300, 304, 305, 306, 404] {
            assert!(follow(&hop(Method::GET, "https://a.com/"), status, "/y").unwrap().is_none(), "{status}");
        }
        let resumable =
            hop(Method::PUT, "https://a.com/").next(StatusCode::PERMANENT_REDIRECT, None, &Secrets::new([]));
        assert!(resumable.is_ok_and(|next| next.is_none()));
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let from = hop(Method::GET, "https://a.com/x?key=sk-0123456789");
        let all = ["x-key", "authorization", "cookie", "accept", "content-type"];
        assert_eq!(names(&follow(&from, 302, "/y").unwrap().unwrap()), all);
        assert_eq!(names(&follow(&from, 302, "https://a.com:443/").unwrap().unwrap()), all);
        for other in ["https://b.com/", "https://a.com:444/", "https://x.a.com/", "//b.com/", "https://a.com./"] {
            let next = follow(&from, 302, other).unwrap().unwrap();
            assert_eq!(names(&next), ["accept", "content-type"], "{other}");
            assert!(!next.url.as_str().contains("sk-"));
            let back = follow(&next, 302, "https://a.com/").unwrap().unwrap();
            assert_eq!(names(&back), ["accept", "content-type"]);
        }
    }

    #[test]
    fn a_secret_in_the_address_goes_to_no_other_host() {
        let from = hop(Method::GET, "https://a.com/x?key=sk-0123456789");
        for leak in
            ["https://b.com/?k=sk-0123456789", "https://b.com/?k=%73k-0123456789", "https://sk-0123456789.b.com/"]
        {
            let why = follow(&from, 302, leak).err().unwrap();
            assert!(why.contains("secret") && !why.contains("0123456789"), "{why}");
        }
        assert!(follow(&from, 302, "/again?k=sk-0123456789").unwrap().is_some());
    }

    #[test]
    fn no_way_leads_from_https_to_less() {
        let from = hop(Method::GET, "https://a.com/");
        for to in ["http://a.com/", "http://localhost/", "ftp://a.com/", "file:///etc/passwd", "data:,x"] {
            assert!(follow(&from, 302, to).is_err(), "{to}");
        }
    }
}
