//! From the function as written to the function that returns its `StageDef`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Error, FnArg, ItemFn, Result, ReturnType, Type, spanned::Spanned};

use crate::args::{Args, capitalised};

pub fn stage(args: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(function) = syn::parse2::<ItemFn>(item) else {
        let message = "#[stage] stands on a function: async fn name(cx: Cx, req: Request) -> Result<Response>";
        return Error::new(proc_macro2::Span::call_site(), message).into_compile_error();
    };
    match syn::parse2(args).and_then(|args| whole(&args, &function)) {
        Ok(tokens) => tokens,
        Err(error) => {
            let error = error.into_compile_error();
            let (vis, name) = (&function.vis, &function.sig.ident);
            // So that `plugin!` does not complain of a missing function as well.
            quote! {
                #error
                #[doc(hidden)]
                #[allow(dead_code)]
                #vis fn #name() -> ::studio_plugin_sdk::StageDef { ::core::unreachable!() }
            }
        }
    }
}

fn whole(args: &Args, function: &ItemFn) -> Result<TokenStream> {
    let (request, response) = signature(function)?;
    let (vis, name) = (&function.vis, &function.sig.ident);
    let outer = function.attrs.iter().filter(|a| a.path().is_ident("doc") || a.path().is_ident("cfg"));
    let mut inner = function.clone();
    inner.vis = syn::Visibility::Inherited;
    inner.attrs.retain(|a| !a.path().is_ident("doc") && !a.path().is_ident("cfg"));

    let decl = declaration(args);
    let role_check = role_check(args, request);
    let def = quote_spanned! { response.span() =>
        ::studio_plugin_sdk::StageDef::new::<#request, _>(__decl, #name)
    };
    let def = match &args.estimate {
        None => def,
        Some(path) => quote_spanned! { path.span() => #def.with_estimate(#path) },
    };
    Ok(quote! {
        #(#outer)*
        #[must_use]
        #vis fn #name() -> ::studio_plugin_sdk::StageDef {
            // The shape is the role's, whether or not this stage waits for anything.
            #[allow(clippy::unused_async, clippy::needless_pass_by_value)]
            #inner
            #role_check
            let __decl = #decl;
            #def
        }
    })
}

/// The types of the request and of what is returned.
fn signature(function: &ItemFn) -> Result<(&Type, &Type)> {
    let sig = &function.sig;
    if sig.asyncness.is_none() {
        return Err(Error::new(sig.fn_token.span, "a stage is an async fn"));
    }
    if !sig.generics.params.is_empty() {
        return Err(Error::new(sig.generics.span(), "a stage has no generic parameters"));
    }
    let ReturnType::Type(_, response) = &sig.output else {
        return Err(Error::new(sig.paren_token.span.close(), "a stage returns Result<Response>"));
    };
    let inputs: Vec<&FnArg> = sig.inputs.iter().collect();
    match inputs[..] {
        [FnArg::Typed(_), FnArg::Typed(request)] => Ok((&request.ty, response)),
        _ => Err(Error::new(sig.paren_token.span.join(), "a stage takes two arguments: cx: Cx and the role's request")),
    }
}

fn declaration(args: &Args) -> TokenStream {
    let (role, rev, paid, programs) = (args.variant(), &args.rev, args.paid, &args.programs);
    let plan = args.plan.as_ref().map_or(quote!(::core::default::Default::default()), |plan| {
        let plan = capitalised(plan);
        quote!(::studio_plugin_sdk::wire::PlanMode::#plan)
    });
    let resource = args.resource.as_ref().map_or(quote!(::core::default::Default::default()), |resource| {
        let resource = capitalised(resource);
        quote!(::studio_plugin_sdk::wire::Resource::#resource)
    });
    quote! {
        ::studio_plugin_sdk::wire::StageDecl {
            role: ::studio_plugin_sdk::roles::Role::#role,
            rev: #rev,
            plan: #plan,
            resource: #resource,
            paid: #paid,
            programs: <[&str]>::iter(&[#(#programs),*]).map(|name| ::std::string::String::from(*name)).collect(),
        }
    }
}

/// A request type of another role fails to compile, at the role's name.
fn role_check(args: &Args, request: &Type) -> TokenStream {
    let role = args.variant();
    let message = format!("#[stage({})]: the type of the request belongs to another role", args.role);
    let of_request = quote_spanned! { request.span() =>
        <#request as ::studio_plugin_sdk::roles::RoleRequest>::ROLE
    };
    quote_spanned! { args.role.span() =>
        const _: () = match #of_request {
            ::studio_plugin_sdk::roles::Role::#role => (),
            #[allow(unreachable_patterns)]
            _ => ::core::panic!(#message),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(args: &str, item: &str) -> String {
        let args: TokenStream = args.parse().unwrap();
        let function: ItemFn = syn::parse_str(item).unwrap();
        syn::parse2::<Args>(args).and_then(|args| whole(&args, &function)).unwrap_err().to_string()
    }

    const GOOD: &str = "async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> { todo }";

    #[test]
    fn the_options_are_checked() {
        assert!(error("tts", GOOD).contains("rev = 1"));
        assert!(error("", GOOD).contains("name the role"));
        assert!(error("speech, rev = 1", GOOD).contains("there is no role `speech`"));
        assert!(error("tts, rev = 0", GOOD).contains("whole number from 1"));
        assert!(error("tts, rev = 1, rev = 2", GOOD).contains("twice"));
        assert!(error("tts, rev = 1, plan = maybe", GOOD).contains("one of run, assume"));
        assert!(error("tts, rev = 1, colour = red", GOOD).contains("no option `colour`"));
    }

    #[test]
    fn the_signature_is_checked() {
        assert!(error("tts, rev = 1", "fn f(cx: Cx, req: R) -> Result<S> {}").contains("async fn"));
        assert!(error("tts, rev = 1", "async fn f(req: R) -> Result<S> {}").contains("two arguments"));
        assert!(error("tts, rev = 1", "async fn f(cx: Cx, req: R) {}").contains("returns"));
        assert!(error("tts, rev = 1", "async fn f<T>(cx: Cx, req: T) -> Result<S> {}").contains("generic"));
    }

    #[test]
    fn doc_and_visibility_stay() {
        let item = "/// Speaks.\npub(crate) async fn speak(cx: Cx, req: SpeechRequest) -> Result<Speech> { x }";
        let tokens =
            stage("tts, rev = 2, paid, programs = [\"a\"]".parse().unwrap(), item.parse().unwrap()).to_string();
        assert!(tokens.contains(" Speaks."), "{tokens}");
        assert!(tokens.contains("# [must_use] pub (crate) fn speak () ->"), "{tokens}");
        assert!(tokens.contains("Role :: Tts"));
        assert!(tokens.contains("rev : 2"));
        assert!(tokens.contains("paid : true"));
    }

    #[test]
    fn a_bad_stage_still_leaves_its_function() {
        let tokens = stage("tts".parse().unwrap(), GOOD.parse().unwrap()).to_string();
        assert!(tokens.contains("compile_error"));
        assert!(tokens.contains("fn speak ()"));
    }
}
