//! What others are told about visits.

use std::sync::{Arc, Mutex};

use catalogue::{Catalogue, NoVisit, Visit, VisitEvent, VisitId};

use super::{Daycare, arrival, decision, pug};

/// What a listener has heard so far.
type Heard = Arc<Mutex<Vec<(VisitEvent, VisitId, u32)>>>;

fn listen(catalogue: &Catalogue) -> Heard {
    let heard = Heard::default();
    let all = Arc::clone(&heard);
    catalogue.on_visit(move |event, visit: &Visit| {
        all.lock().unwrap().push((event, visit.id, visit.revision));
    });
    heard
}

#[test]
fn whoever_listens_hears_all_that_happens_to_visits_and_nothing_that_does_not() {
    let daycare = Daycare::new();
    let heard = [listen(&daycare.catalogue), listen(&daycare.catalogue)];
    let catalogue = &daycare.catalogue;
    let rex = daycare.adds(&pug("Rex"));
    let (first, second) = (
        daycare.arrives(&arrival("unsure", "pug")),
        daycare.arrives(&arrival("unsure", "pug")),
    );
    catalogue.revise(first, &arrival("breed", "pug")).unwrap();
    daycare.confirms(first, "pug", Some(rex));
    // Nothing changes, and nothing is said.
    daycare.confirms(first, "pug", Some(rex));
    catalogue
        .revise(first, &arrival("breed", "beagle"))
        .unwrap();
    assert!(
        catalogue
            .confirm(VisitId(99), &decision("pug", None))
            .is_err()
    );
    catalogue.take_guest_off(first, None, "ana").unwrap();
    catalogue.undo(first, None, "ana").unwrap();
    let both = [(first, None), (second, None)];
    catalogue.confirm_all(&both, "beagle", None, "ana").unwrap();
    catalogue
        .delete_visit(second, NoVisit::Mistake, None, "ana")
        .unwrap();
    let expect = [
        (VisitEvent::Recorded, first, 0),
        (VisitEvent::Recorded, second, 0),
        (VisitEvent::Revised, first, 1),
        (VisitEvent::Decided, first, 2),
        (VisitEvent::Decided, first, 3),
        (VisitEvent::Decided, first, 4),
        (VisitEvent::Decided, first, 5),
        (VisitEvent::Decided, second, 1),
        (VisitEvent::Deleted, second, 1),
    ];
    for heard in heard {
        assert_eq!(*heard.lock().unwrap(), expect);
    }
}
