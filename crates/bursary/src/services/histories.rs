//! Random histories of two pupils' accounts: whatever is billed, paid, agreed, taken back and given
//! back, and in whatever order, the laws of the ledger hold on every day that is looked back to.

mod account;
mod receipts;

use proptest::{collection::vec, option, prelude::*, test_runner::TestRunner};

use self::account::Account;
use crate::testing::{World, world};

/// One thing that is done; numbers choose among what there is.
#[derive(Debug, Clone)]
enum Act {
    Bill {
        second: bool,
        class: Option<usize>,
    },
    Undo(usize),
    Pay {
        pupil: usize,
        meant: Option<usize>,
        named: Option<usize>,
        amount: i64,
        days_ago: i64,
    },
    Void(usize),
    Refund {
        payment: usize,
        amount: i64,
    },
    Enter {
        pupil: usize,
        amount: i64,
        day: i64,
    },
    Agree {
        pupil: usize,
        scholarship: bool,
        discount: i64,
    },
    Reverse(usize),
    Move {
        pupil: usize,
        class: usize,
    },
    Pass(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let (pupil, class, some) = (0_usize..2, 0_usize..2, 1_i64..=90_000);
    let pay = (
        pupil.clone(),
        option::of(0_usize..3),
        option::of(0_usize..3),
        some.clone(),
        0_i64..=60,
    );
    let agree = (pupil.clone(), any::<bool>(), 0_i64..=60_000);
    let entered = (1_i64..=90_000).prop_flat_map(|most| prop_oneof![Just(most), Just(-most)]);
    // A payment is given back in several parts as often as not.
    prop_oneof![
        4 => (any::<bool>(), option::of(class.clone())).prop_map(|(second, class)| Act::Bill { second, class }),
        1 => (0_usize..4).prop_map(Act::Undo),
        5 => pay.prop_map(|(pupil, meant, named, amount, days_ago)| Act::Pay { pupil, meant, named, amount, days_ago }),
        2 => (0_usize..4).prop_map(Act::Void),
        4 => (0_usize..3, 1_i64..=40_000).prop_map(|(payment, amount)| Act::Refund { payment, amount }),
        2 => (pupil.clone(), entered, -30_i64..=30).prop_map(|(pupil, amount, day)| Act::Enter { pupil, amount, day }),
        2 => agree.prop_map(|(pupil, scholarship, discount)| Act::Agree { pupil, scholarship, discount }),
        2 => (0_usize..20).prop_map(Act::Reverse),
        1 => (pupil, class).prop_map(|(pupil, class)| Act::Move { pupil, class }),
        3 => (1_u64..60).prop_map(Act::Pass),
    ]
}

/// Lives a history; answers what is wrong with it.
async fn lived(world: &World, acts: &[Act]) -> Vec<String> {
    let mut account = Account::open(world).await;
    let mut broken = Vec::new();
    for act in acts {
        match account.act(act).await {
            Err(error) if ![400, 409].contains(&error.status().as_u16()) => {
                broken.push(format!("{act:?}: {error:?}"));
            }
            _ => {}
        }
    }
    broken.extend(account.broken().await);
    broken
}

#[test]
fn every_history_keeps_the_laws() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(world());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let done = TestRunner::new(config).run(&vec(act(), 1..18), |acts| {
        let broken = runtime.block_on(lived(&world, &acts));
        prop_assert!(broken.is_empty(), "{broken:#?}");
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}
