package scan

import (
	"testing"
	"time"

	"respawn/tracker"
)

// asked are observations of one name: what its registry and its registrar said.
type asked struct {
	obs []tracker.Observation
}

func (a *asked) registry(day int, r *tracker.Registration) {
	o := tracker.Observation{Name: "quayside.com", Probe: tracker.ProbeRegistration, At: night(day), Run: tracker.RunID(day), Outcome: tracker.Absent}
	if r != nil {
		o.Outcome, o.Facts = tracker.Present, &tracker.Facts{Registration: r}
	}
	a.obs = append(a.obs, o)
}

func (a *asked) registrar(day int, outcome tracker.Outcome, r *tracker.Registration) *tracker.Observation {
	o := tracker.Observation{Name: "quayside.com", Probe: tracker.ProbeRegistrar, At: night(day).Add(time.Minute), Run: tracker.RunID(day), Outcome: outcome, Server: "https://rdap.registrar.example/"}
	if r != nil {
		o.Facts = &tracker.Facts{Registration: r}
	}
	a.obs = append(a.obs, o)
	return &a.obs[len(a.obs)-1]
}

func (a *asked) fold(j *judge) *history {
	return j.fold("quayside.com", nil, a.obs, func(tracker.Digest) *tracker.Fingerprint { return nil })
}

const registrarLink = "https://rdap.registrar.example/domain/quayside.com"

func thin(created time.Time) *tracker.Registration {
	return &tracker.Registration{Source: "rdap", Registrar: "Some Names", CreatedAt: created, UpdatedAt: created, Related: registrarLink}
}

func open(created time.Time, email string) *tracker.Registration {
	r := &tracker.Registration{Source: "rdap", Registrar: "Some Names", CreatedAt: created}
	if email != "" {
		r.Registrant = map[string]string{"email": email}
	}
	return r
}

func TestARegistrantStaysForTheRegistration(t *testing.T) {
	first, second := night(1).AddDate(-1, 0, 0), night(5).Add(time.Hour)
	for name, tt := range map[string]struct {
		tell func(a *asked)
		want string
	}{
		"it is shown by the registrar": {func(a *asked) { a.registry(2, thin(first)); a.registrar(2, tracker.Present, open(first, "x")) }, "x"},
		"on nights on which the registrar is not asked": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(3, thin(first))
		}, "x"},
		"when the registrar fails": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(3, thin(first))
			a.registrar(3, tracker.Unknown, nil)
		}, "x"},
		"when the registrar shows nobody any more": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(9, thin(first))
			a.registrar(9, tracker.Present, open(first, ""))
		}, "x"},
		"when WHOIS gives the day alone": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(3, open(first.Truncate(24*time.Hour), ""))
		}, "x"},
		"until the registrar shows another": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(9, thin(first))
			a.registrar(9, tracker.Present, open(first, "y"))
		}, "y"},
		"not for the next registration": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(6, thin(second))
		}, ""},
		"not for the next registration by the registrar's old copy": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x"))
			a.registry(6, thin(second))
			a.registrar(6, tracker.Present, open(first, "x"))
		}, ""},
		"not for one without a date after nobody had it": {func(a *asked) {
			a.registry(2, thin(time.Time{}))
			a.registrar(2, tracker.Present, open(time.Time{}, "x"))
			a.registry(3, nil)
			a.registry(4, thin(time.Time{}))
		}, ""},
		"not by a void night": {func(a *asked) {
			a.registry(2, thin(first))
			a.registrar(2, tracker.Present, open(first, "x")).Void = true
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var a asked
			tt.tell(&a)
			j := newJudge()
			r := a.fold(j).site.Registration
			if r == nil || r.Registrant["email"] != tt.want {
				t.Errorf("the registrant is %+v, want %q", r, tt.want)
			}
			if again := a.fold(j).site.Registration; again != r {
				t.Error("the same answers give another record")
			}
		})
	}
}

// Who takes a name over is not who ran it, and who had it before it was registered
// anew keeps what was known of him.
func TestARegistrantBelongsToWhoRanTheSite(t *testing.T) {
	first, second := night(1).AddDate(-1, 0, 0), night(5).Add(time.Hour)
	var a asked
	a.registry(2, thin(first))
	a.registrar(2, tracker.Present, open(first, "x"))
	held := thin(first)
	held.Statuses = []string{"client hold"}
	a.registry(3, held)
	a.registrar(3, tracker.Present, open(first, "taker"))
	if r := a.fold(newJudge()).site.Registration; r.Registrant["email"] != "x" || len(r.Statuses) != 1 {
		t.Errorf("after the hold: %+v", r)
	}
	a.registry(4, nil)
	a.registry(6, thin(second))
	h := a.fold(newJudge())
	if len(h.former) != 1 || h.former[0].site.Registration.Registrant["email"] != "x" {
		t.Fatalf("who had it before: %+v", h.former)
	}
	if r := h.site.Registration; len(r.Registrant) != 0 || !h.inquiry.due(h.registry, night(6)) {
		t.Errorf("who has it now: %+v", r)
	}
}

func TestARegistrarIsAskedOnceForARegistration(t *testing.T) {
	first := night(1).AddDate(-1, 0, 0)
	other := func(change func(*tracker.Registration)) *tracker.Registration {
		r := thin(first)
		change(r)
		return r
	}
	told := func(a *asked) {
		a.registry(2, thin(first))
		a.registrar(2, tracker.Present, open(first, "x"))
	}
	failed := func(days ...int) func(a *asked) {
		return func(a *asked) {
			for _, d := range days {
				a.registry(d, thin(first))
				a.registrar(d, tracker.Unknown, nil)
			}
		}
	}
	for name, tt := range map[string]struct {
		tell func(a *asked)
		say  *tracker.Registration // what the registry says at last; nil: nothing new
		at   int
		want bool
	}{
		"never asked":                        {func(a *asked) {}, thin(first), 2, true},
		"the registry shows a registrant":    {func(a *asked) {}, other(func(r *tracker.Registration) { r.Registrant = map[string]string{"org": "o"} }), 2, false},
		"the registry links to nobody":       {func(a *asked) {}, other(func(r *tracker.Registration) { r.Related = "" }), 2, false},
		"answered, the next night":           {told, thin(first), 3, false},
		"answered, and not again that night": {told, other(func(r *tracker.Registration) { r.UpdatedAt = night(2) }), 2, false},
		"answered a month ago":               {told, thin(first), 33, true},
		"the record was changed":             {told, other(func(r *tracker.Registration) { r.UpdatedAt = night(3) }), 4, true},
		"another registrar":                  {told, other(func(r *tracker.Registration) { r.Registrar = "Other Names" }), 4, true},
		"failed, that night":                 {failed(2), thin(first), 2, false},
		"failed, the next night":             {failed(2), thin(first), 3, true},
		"failed twice, the next night":       {failed(2, 3), thin(first), 4, false},
		"failed twice, two nights later":     {failed(2, 3), thin(first), 5, true},
		"failed six times, ten nights later": {failed(2, 3, 5, 9, 17, 33), thin(first), 43, false},
		"failed six times, a month later":    {failed(2, 3, 5, 9, 17, 33), thin(first), 64, true},
		"put to no server, the next night": {func(a *asked) {
			a.registry(2, thin(first))
			for range 3 {
				a.registrar(2, tracker.Unknown, nil).Server = ""
			}
		}, thin(first), 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			var a asked
			tt.tell(&a)
			a.registry(tt.at, tt.say)
			h := a.fold(newJudge())
			if got := h.inquiry.due(h.registry, night(tt.at)); got != tt.want {
				t.Errorf("due is %v, want %v", got, tt.want)
			}
		})
	}
}
