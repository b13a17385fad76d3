//! What stands in the brackets of `#[stage(…)]`.

use proc_macro2::Span;
use syn::{
    Ident, LitInt, LitStr, Path, Result, Token, bracketed,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// The roles by name; each is a variant of `Role` with a capital first letter.
pub const ROLES: [&str; 14] = [
    "llm",
    "tts",
    "asr",
    "image",
    "video",
    "music",
    "search",
    "animate",
    "rank",
    "reframe",
    "render",
    "verify",
    "publish",
    "analytics",
];

pub struct Args {
    pub role: Ident,
    pub rev: LitInt,
    pub plan: Option<Ident>,
    pub resource: Option<Ident>,
    pub paid: bool,
    pub programs: Vec<LitStr>,
    pub estimate: Option<Path>,
}

impl Args {
    /// `tts` → `Tts`.
    pub fn variant(&self) -> Ident {
        capitalised(&self.role)
    }
}

pub fn capitalised(ident: &Ident) -> Ident {
    let name = ident.to_string();
    let mut chars = name.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    Ident::new(&(first + chars.as_str()), ident.span())
}

impl Parse for Args {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.is_empty() {
            return Err(syn::Error::new(Span::call_site(), "name the role and its rev: #[stage(tts, rev = 1)]"));
        }
        let role: Ident = input.parse()?;
        if !ROLES.iter().any(|name| role == name) {
            let message = format!("there is no role `{role}`; the roles are {}", ROLES.join(", "));
            return Err(syn::Error::new(role.span(), message));
        }
        let mut rev = None;
        let mut args = Self {
            role,
            rev: LitInt::new("0", Span::call_site()),
            plan: None,
            resource: None,
            paid: false,
            programs: Vec::new(),
            estimate: None,
        };
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let key: Ident = input.parse()?;
            if seen.contains(&key) {
                return Err(syn::Error::new(key.span(), format!("`{key}` is given twice")));
            }
            match key.to_string().as_str() {
                "rev" => rev = Some(parse_rev(input)?),
                "plan" => args.plan = Some(one_of(input, &["run", "assume"])?),
                "resource" => args.resource = Some(one_of(input, &["cpu", "net", "gpu"])?),
                "paid" => args.paid = true,
                "programs" => args.programs = parse_programs(input)?,
                "estimate" => {
                    input.parse::<Token![=]>()?;
                    args.estimate = Some(input.parse()?);
                }
                other => {
                    let message = format!(
                        "there is no option `{other}`; the options are rev, plan, resource, paid, programs, estimate"
                    );
                    return Err(syn::Error::new(key.span(), message));
                }
            }
            seen.push(key);
        }
        args.rev = rev.ok_or_else(|| {
            let message = format!(
                "give the stage a revision, `#[stage({}, rev = 1)]`: raise it when the same request would rightly give another result",
                args.role
            );
            syn::Error::new(args.role.span(), message)
        })?;
        Ok(args)
    }
}

fn parse_rev(input: ParseStream) -> Result<LitInt> {
    input.parse::<Token![=]>()?;
    let rev: LitInt = input.parse()?;
    match rev.base10_parse::<u32>() {
        Ok(n) if n > 0 => Ok(rev),
        _ => Err(syn::Error::new(rev.span(), "rev is a whole number from 1")),
    }
}

fn one_of(input: ParseStream, names: &[&str]) -> Result<Ident> {
    input.parse::<Token![=]>()?;
    let value: Ident = input.parse()?;
    if names.iter().any(|name| value == name) {
        return Ok(value);
    }
    Err(syn::Error::new(value.span(), format!("this is one of {}", names.join(", "))))
}

fn parse_programs(input: ParseStream) -> Result<Vec<LitStr>> {
    input.parse::<Token![=]>()?;
    let list;
    bracketed!(list in input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?.into_iter().collect())
}
