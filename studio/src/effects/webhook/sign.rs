//! Signatures as <https://www.standardwebhooks.com> has them, so that receivers can check them with a library.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::model::SecretString;

/// What such a secret begins with where its bytes are written in base64.
const PREFIX: &str = "whsec_";

/// The secret cannot be used to sign.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the secret begins with whsec_, and what follows is not base64")]
pub struct NotASecret;

/// `v1,…`: the HMAC-SHA256 of `ID.SECONDS.BODY`.
pub fn sign(secret: &SecretString, id: &str, seconds: i64, body: &str) -> Result<String, NotASecret> {
    let bytes = match secret.reveal().strip_prefix(PREFIX) {
        Some(text) => Zeroizing::new(STANDARD.decode(text).map_err(|_| NotASecret)?),
        None => Zeroizing::new(secret.reveal().as_bytes().to_vec()),
    };
    let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_signs_as_the_standard_does() {
        // The vector with which the libraries of the standard test themselves.
        let secret = SecretString::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into());
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_plain_secret_is_taken_as_its_bytes() {
        // python3 -c 'import hmac,base64; print(base64.b64encode(hmac.digest("pässword".encode(),
        //   b"msg_1.1700000000.{}", "sha256")).decode())'
        let signed = sign(&SecretString::new("pässword".into()), "msg_1", 1_700_000_000, "{}");
        assert_eq!(signed.unwrap(), "v1,aa3OkWPwJsGHe3abF80YoUDKOlBl81s07YgWrX69Z84=");
    }

    #[test]
    fn half_a_secret_is_none() {
        assert_eq!(sign(&SecretString::new("whsec_no base64".into()), "a", 1, "{}"), Err(NotASecret));
    }
}
