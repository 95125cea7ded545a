package tracker

import "time"

// A Dossier is all that is known of one name of a case at one time: what pages,
// exports and reports are made of. It is derived; nothing reads it back.
type Dossier struct {
	Name Name      `json:"name"`
	Case CaseID    `json:"case"`
	AsOf time.Time `json:"as_of"`
	Run  RunID     `json:"run"` // newest finished run behind it
	// Row is the name's own row of the case file, nil for names that were found.
	// Root is the row that a found name goes back to through its links, nil where
	// nothing links it to the case.
	Row  *CaseName `json:"row,omitempty"`
	Root *CaseName `json:"root,omitempty"`
	Rule string    `json:"rule,omitempty"` // how it was found; "" for names of the case
	From Name      `json:"from,omitempty"` // the watched name it was made from or revealed by
	Feed string    `json:"feed,omitempty"` // the feed and its entry that brought it, in words; "" where none did

	State        State     `json:"state"`
	FirstSeen    Interval  `json:"first_seen,omitzero"`    // in the DNS
	RegisteredAt Interval  `json:"registered_at,omitzero"` // by its best basis
	Basis        DateBasis `json:"registered_basis,omitempty"`
	EndedAt      Interval  `json:"ended_at,omitzero"` // lost by its operators
	// AnewAt is when the name was registered anew, where somebody did after its first
	// registration ran out: RegisteredAt is the first one's, Registration is of the
	// one that stands. Zero where it was not.
	AnewAt       Interval      `json:"registered_anew_at,omitzero"`
	AnewBasis    DateBasis     `json:"registered_anew_basis,omitempty"`
	DNS          *DNS          `json:"dns,omitempty"`
	Delegation   *Delegation   `json:"delegation,omitempty"`
	Registration *Registration `json:"registration,omitempty"`
	Control      *Control      `json:"control,omitempty"`
	Web          *Web          `json:"web,omitempty"`
	Redirects    []Redirect    `json:"redirects,omitempty"` // where visitors were sent, oldest first

	Wave        string       `json:"wave,omitempty"`        // the wave that it came in, for people; "" for none
	Link        *Link        `json:"link,omitempty"`        // to what it replaces; nil for names of the case
	ReplacedBy  []Link       `json:"replaced_by,omitempty"` // links of band probable or better to it, by birth
	Transitions []Transition `json:"transitions,omitempty"` // all axes, by time
	Lifespans   []Lifespan   `json:"lifespans,omitempty"`
	Nights      []Night      `json:"nights,omitempty"` // every run of the case, oldest first
}

// A Night is what one run learned about a name.
type Night struct {
	Run     RunID     `json:"run"`
	At      time.Time `json:"at"`
	Void    bool      `json:"void,omitempty"` // the run counts as not held
	Asked   bool      `json:"asked"`          // the name was among those asked
	Outcome Outcome   `json:"outcome"`        // of the naming system; Unknown where not asked
	Status  Status    `json:"status"`         // as known after that night
	// Unseen says that the name counts as alive by other nights: on this one its page
	// was asked for and no working one was got.
	Unseen bool `json:"unseen,omitempty"`
}

// A Redirect is a name that visitors of another one were sent to, at the end of
// the chain: when that was first and last seen, not when it began or ended.
type Redirect struct {
	To    Name      `json:"to"`
	First time.Time `json:"first_seen"`
	Last  time.Time `json:"last_seen"`
}

// AskedNights counts the nights on which the name was asked and all on which a run
// was held, void ones too. Days without one are [Dossier.DaysWithoutRun].
func (d *Dossier) AskedNights() (asked, all int) {
	for _, n := range d.Nights {
		if n.Asked && !n.Void {
			asked++
		}
	}
	return asked, len(d.Nights)
}

// DaysWithoutRun counts the UTC days between the first and the last night on which
// no run was held: whatever stood of the name on them, nobody asked.
func (d *Dossier) DaysWithoutRun() int {
	const day = 24 * time.Hour
	held := map[int64]bool{}
	var first, last time.Time
	for i, n := range d.Nights {
		at := n.At.UTC().Truncate(day)
		held[at.Unix()] = true
		if i == 0 || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	if len(held) == 0 {
		return 0
	}
	return int(last.Sub(first)/day) + 1 - len(held)
}

// OtherHands says whether a name that was linked at least probably has passed into
// other hands since: what it shows now is a stranger's as far as can be seen.
func (d *Dossier) OtherHands() bool {
	return d.Link != nil && d.Link.Band.Rank() >= BandProbable.Rank() && d.Link.Past()
}

// Lives are the lives of those that the link is about: all of them where it stands,
// and those that began before the name passed into other hands where it did.
func (d *Dossier) Lives() []Lifespan {
	if !d.OtherHands() {
		return d.Lifespans
	}
	for i, l := range d.Lifespans {
		if !l.Birth.Hi.Before(d.Link.Until.Hi) {
			return d.Lifespans[:i:i]
		}
	}
	return d.Lifespans
}

// Replacement says whether the name is reported as a replacement of another one:
// linked at least probably, and not there before.
func (d *Dossier) Replacement() bool {
	return d.Link != nil && d.Link.Band.Rank() >= BandProbable.Rank() && d.Link.Relation != RelationTwin
}
