//! What is known of the project that is open, read again where it changed: the pages that show it call this after
//! every batch of events.

use crate::{
    engine::api::{ApiError, Method, projects, review, scenes, timeline},
    model::ProjectId,
    tui::{
        desk::Cx,
        model::{Open, Stale},
    },
};

/// Reads what is to be read again, unless it is on its way.
pub fn renew(cx: &mut Cx) {
    let Some(open) = &cx.model.open else { return };
    let (id, project) = (open.project.id.clone(), open.project.id.to_string());
    ask(
        cx,
        &id,
        |stale| &mut stale.detail,
        projects::Get::whole(project.clone()),
        |open, detail| {
            open.renew(detail?);
            Ok(())
        },
    );
    // Where scenes changed, so did their times.
    if let Some(open) = &mut cx.model.open {
        open.stale.timeline |= open.stale.board;
    }
    let scenes = scenes::List { project: project.clone(), place: None };
    ask(
        cx,
        &id,
        |stale| &mut stale.board,
        scenes,
        |open, board| {
            // Where there is no storyboard, nothing is wrong: not every script makes one.
            open.board = board.ok();
            Ok(())
        },
    );
    ask(
        cx,
        &id,
        |stale| &mut stale.timeline,
        timeline::Get { project: project.clone() },
        |open, timeline| {
            open.timeline = Some(timeline?);
            Ok(())
        },
    );
    ask(
        cx,
        &id,
        |stale| &mut stale.places,
        review::List { project },
        |open, places| {
            open.places = places?;
            Ok(())
        },
    );
}

/// Takes an answer in.
type Put<T> = fn(&mut Open, Result<T, ApiError>) -> Result<(), ApiError>;

/// Asks where `part` is stale and not on its way.
fn ask<M: Method>(cx: &mut Cx, id: &ProjectId, part: fn(&mut Stale) -> &mut bool, method: M, put: Put<M::Reply>) {
    let Some(open) = &mut cx.model.open else { return };
    if !*part(&mut open.stale) || *part(&mut open.asking) {
        return;
    }
    (*part(&mut open.stale), *part(&mut open.asking)) = (false, true);
    let id = id.clone();
    cx.ask(method, move |app, reply| {
        // Another project may have been opened meanwhile.
        let Some(open) = app.model.open.as_mut().filter(|open| open.project.id == id) else { return };
        *part(&mut open.asking) = false;
        if let Err(e) = put(open, reply) {
            app.tell_error(&e);
        }
    });
}
