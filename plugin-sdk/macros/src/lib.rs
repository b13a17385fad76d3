//! The `#[stage]` attribute. It turns an `async fn` into a function that returns its `StageDef`.
//! Used through `studio_plugin_sdk::stage`; it touches nothing but the function it stands on.

mod args;
mod expand;

use proc_macro::TokenStream;

/// Declares an `async fn(cx: Cx, req: Request) -> Result<Response>` to be the stage of a role.
///
/// `#[stage(tts, rev = 1, plan = run, resource = cpu, paid, programs = ["espeak-ng"], estimate = path::to::fn)]`.
/// The role and `rev` are required. The role must be that of the request's type. `estimate` names a
/// `fn(&serde_json::Value) -> Estimate`: the request, with null for what is not known yet.
#[proc_macro_attribute]
pub fn stage(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::stage(args.into(), item.into()).into()
}
