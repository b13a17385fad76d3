//! A gate: a result goes on when a person has approved it.

use std::sync::Arc;

use super::{
    activity::Busy,
    context::RunCtx,
    node::{Obtained, Want, obtain},
};
use crate::model::{Approval, NodeChange, NodeError, NodeState};

/// Waits until what stands at `want`'s place is approved, whichever take or hand-made result that is.
pub async fn pass(
    run: &Arc<RunCtx>,
    want: &Arc<Want>,
    mut obtained: Obtained,
    busy: &Busy,
) -> Result<Obtained, NodeError> {
    let store = &run.core.store;
    let mut shown = None;
    let mut decided = run.core.decisions();
    loop {
        decided.borrow_and_update();
        let steering = store.steering(&want.slot)?;
        let approval = store.approval(&want.slot, &obtained.kept.digest)?;
        if run.options.yes || approval == Approval::Approved {
            // It may have been shown before the run waited and was taken up.
            let last = store.last_node(&run.run, &want.slot)?;
            if shown.is_some() || last.is_some_and(|change| change.state == NodeState::Review) {
                run.announce(change(run, want, &obtained, NodeState::Done)).await?;
            }
            return Ok(obtained);
        }
        let current = (obtained.kept.digest, approval);
        if shown.replace(current) != Some(current) {
            let waits = change(run, want, &obtained, NodeState::Review);
            run.announce(NodeChange { approval: Some(approval), ..waits }).await?;
        }
        loop {
            busy.decision(&mut decided).await;
            if store.steering(&want.slot)? != steering || store.approval(&want.slot, &obtained.kept.digest)? != approval
            {
                break;
            }
        }
        if store.steering(&want.slot)? != steering {
            obtained = obtain(run, Arc::clone(want)).await?;
        }
    }
}

fn change(run: &RunCtx, want: &Want, obtained: &Obtained, state: NodeState) -> NodeChange {
    let plugin = obtained.kept.provenance.plugin.clone();
    let key = Some(obtained.key.clone());
    let new = NodeChange::new(run.run.clone(), want.slot.clone(), want.role, state).label(&want.label);
    NodeChange { plugin, key, by_hand: obtained.by_hand, ..new }
}
