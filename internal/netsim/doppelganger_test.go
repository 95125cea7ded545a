package netsim_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"respawn/internal/netsim"
)

// These tests hold the shipped world to what it claims: that it tells the same
// story as the shipped case, and that each trap in it is the trap that it says.

const (
	doppelgangerWorld = "../../testdata/worlds/doppelganger-2024/world.yaml"
	doppelgangerCase  = "../../testdata/cases/doppelganger-2024"
)

func loadWorld(t *testing.T, path string) *netsim.World {
	t.Helper()
	w, err := netsim.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// caseRows reads one table of a case as rows by column.
func caseRows(t *testing.T, dir, file string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[all[0][i]] = c
		}
		out = append(out, row)
	}
	return out
}

// lives are the sites of a world by name, in the order of the file.
func lives(w *netsim.World) map[string][]*netsim.Site {
	out := map[string][]*netsim.Site{}
	for i := range w.Sites {
		out[w.Sites[i].Name] = append(out[w.Sites[i].Name], &w.Sites[i])
	}
	return out
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func label(name string) string { l, _, _ := strings.Cut(name, "."); return l }

// states are all states that a site goes through.
func states(s *netsim.Site) []netsim.State {
	out := []netsim.State{s.State}
	for _, p := range s.Timeline {
		st, _ := s.At(p.From.Time)
		out = append(out, st)
	}
	return out
}

// idVars are the template variables that name an account, a channel or an address.
var idVars = []string{"metrika", "ga", "ua", "yandex", "telegram", "mail"}

// identifiers are what a site has ever shown that could tie it to another one,
// as kind:value. A shared CDN is none.
func identifiers(w *netsim.World, s *netsim.Site) map[string]bool {
	out := map[string]bool{}
	for _, st := range states(s) {
		if st.Certificate != nil && st.Certificate.Key != "" {
			out["key:"+st.Certificate.Key] = true
		}
		if h, ok := w.Hosts[st.Host]; ok && !h.CDN && len(h.Addresses) == 1 {
			out["address:"+h.Addresses[0]] = true
		}
		if st.Web == nil || st.Web.Theme == "" {
			continue
		}
		out["theme:"+st.Web.Theme] = true
		if st.Web.Favicon != "" {
			out["favicon:"+st.Web.Favicon] = true
		}
		for _, a := range st.Web.Articles {
			out["article:"+a] = true
		}
		for _, k := range idVars {
			if v := st.Web.Vars[k]; v != "" {
				out[k+":"+v] = true
			}
		}
	}
	return out
}

func shared(a, b map[string]bool) []string {
	var out []string
	for k := range a {
		if b[k] {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// mentions are the instants at which a site starts to point at a name: by a
// redirect, a certificate or a link.
func mentions(s *netsim.Site, name string) (at time.Time, how string, ok bool) {
	look := func(from time.Time, st netsim.State) bool {
		switch {
		case st.Web != nil && strings.Contains(st.Web.Redirect, "//"+name+"/"):
			how = "redirect"
		case st.Web != nil && slices.ContainsFunc(slices.Collect(maps.Values(st.Web.Vars)), func(v string) bool { return strings.Contains(v, "//"+name+"/") }):
			how = "link"
		case st.Certificate != nil && slices.Contains(st.Certificate.Names, name) && s.Name != name:
			how = "certificate"
		default:
			return false
		}
		at = from
		return true
	}
	if look(s.RegisteredAt(), s.State) {
		return at, how, true
	}
	for _, p := range s.Timeline {
		if look(p.From.Time, p.State) {
			return at, how, true
		}
	}
	return at, "", false
}

// firstNight is the first scan after an instant.
func firstNight(w *netsim.World, after time.Time) time.Time {
	hour := w.ScanHour
	if hour == 0 {
		hour = 2
	}
	n := after.Truncate(24 * time.Hour).Add(time.Duration(hour) * time.Hour)
	if !n.After(after) {
		n = n.Add(24 * time.Hour)
	}
	return n.Truncate(24 * time.Hour)
}

func TestDoppelgangerWorldIsThatOfItsCase(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	if n := int(w.Calendar.To.Sub(w.Calendar.From.Time).Hours()/24) + 1; n != 92 {
		t.Errorf("calendar has %d nights, want 92", n)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(doppelgangerWorld), w.Case)); err != nil {
		t.Errorf("its case: %v", err)
	}
	sites := lives(w)
	seized := caseRows(t, doppelgangerCase, "seized.csv")
	campaign := caseRows(t, doppelgangerCase, "campaign.csv")
	if len(seized) != 32 || len(campaign) != 77 {
		t.Fatalf("case has %d seized and %d campaign names, want 32 and 77", len(seized), len(campaign))
	}
	for _, row := range append(slices.Clone(seized), campaign...) {
		for _, s := range sites[row["domain"]] {
			if ok, _ := w.Of(s, "name"); !ok {
				t.Errorf("%s: its name is not sourced", s.Name)
			}
			sourced, _ := w.Of(s, "registered")
			if d := s.Registered.Format(time.DateOnly); sourced && d != row["registered_date"] {
				t.Errorf("%s is registered %s in the world, %s in the case", s.Name, d, row["registered_date"])
			}
			if !sourced && row["registered_date"] != "" && s.Name != "rrn.world" {
				t.Errorf("%s: the case knows the day %s, the world invents %s", s.Name, row["registered_date"], s.Registered.Format(time.DateOnly))
			}
			if alt := row["registered_date_alt"]; alt != "" && s.RegisteredAlt.Format(time.DateOnly) != alt {
				t.Errorf("%s: other day %s in the world, %s in the case", s.Name, s.RegisteredAlt.Format(time.DateOnly), alt)
			}
		}
	}
	for _, row := range seized {
		if len(sites[row["domain"]]) != 1 {
			t.Errorf("seized %s has %d lives, want 1", row["domain"], len(sites[row["domain"]]))
			continue
		}
		s := sites[row["domain"]][0]
		before, _ := s.At(day("2024-09-04"))
		after, _ := s.At(day("2024-09-05"))
		if before.Web == nil || before.Web.Theme == "" || len(before.Nameservers) != 0 {
			t.Errorf("%s is not live with its operator before the seizure", s.Name)
		}
		if !slices.Equal(after.Nameservers, []string{"ns1.fbi.seized.gov", "ns2.fbi.seized.gov"}) || len(after.Statuses) != 6 ||
			after.Web.Pages["*"].Template != "seizure-banner" || strings.Contains(strings.Join(after.Statuses, " "), "hold") {
			t.Errorf("%s after the seizure: %v %v", s.Name, after.Nameservers, after.Statuses)
		}
		if end, _ := s.At(w.Calendar.To.Time); !slices.Equal(end.Nameservers, after.Nameservers) {
			t.Errorf("%s leaves the seizure zone", s.Name)
		}
	}
	for _, row := range caseRows(t, doppelgangerCase, "outlets.csv") {
		if len(sites[row["domain"]]) == 0 {
			t.Errorf("outlet %s is not in the world", row["domain"])
		}
	}
}

func TestDoppelgangerReplacements(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	sites := lives(w)
	inCase, watched := map[string]bool{}, map[string]bool{}
	for _, file := range []string{"seized.csv", "campaign.csv"} {
		for _, row := range caseRows(t, doppelgangerCase, file) {
			inCase[row["domain"]] = true
			watched[label(row["domain"])] = true
		}
	}
	own := map[string]bool{} // what the campaign's names of old have shown
	for name := range inCase {
		for _, s := range sites[name] {
			maps.Copy(own, identifiers(w, s))
		}
	}
	byLabel, probable, revealed, twins := 0, 0, 0, 0
	for _, r := range w.Expect.Replacements {
		s := sites[r.Name][0]
		if inCase[r.Name] {
			t.Errorf("%s is to be found but stands in the case", r.Name)
		}
		if r.PreExisting != s.RegisteredAt().Before(w.Calendar.From.Time) {
			t.Errorf("%s: pre_existing is %t, registered %s", r.Name, r.PreExisting, s.Registered.Format(time.DateOnly))
		}
		if ok, _ := w.Of(s, "name"); !ok {
			t.Errorf("%s: a true replacement whose name is invented", r.Name)
		}
		if ok, _ := w.Of(s, "registered"); !ok && !r.PreExisting {
			t.Errorf("%s: a true replacement whose day is invented", r.Name)
		}
		if r.PreExisting {
			twins++
			continue
		}
		if r.How != "label" {
			revealed++
			continue
		}
		byLabel++
		if !watched[label(r.Name)] || label(r.Name) != label(r.Replaces) {
			t.Errorf("%s is in reach only if its label is watched and that of %s", r.Name, r.Replaces)
		}
		old := identifiers(w, sites[r.Replaces][0])
		both := shared(identifiers(w, s), old)
		switch r.Band {
		case "probable":
			probable++
			if s := shared(identifiers(w, s), own); len(s) > 0 {
				t.Errorf("%s should share nothing with the campaign, shares %v", r.Name, s)
			}
			if !w.Hosts[s.Host].CDN || s.Registrar != "eins" {
				t.Errorf("%s is not of the batch behind the CDN", r.Name)
			}
			batch := 0
			for _, o := range w.Expect.Replacements {
				if other := sites[o.Name][0]; other.Registrar == s.Registrar && other.Registered.Equal(s.Registered.Time) {
					batch++
				}
			}
			if batch < 2 {
				t.Errorf("%s: nobody else was registered on its day at its registrar", r.Name)
			}
		case "confirmed":
			kinds := map[string]bool{}
			for _, id := range both {
				k, _, _ := strings.Cut(id, ":")
				kinds[k] = true
			}
			if len(kinds) < 3 {
				t.Errorf("%s shares only %v with %s", r.Name, both, r.Replaces)
			}
		default:
			t.Errorf("%s: band %q", r.Name, r.Band)
		}
	}
	if byLabel != 20 || revealed != 8 || twins != 6 || probable*3 < byLabel {
		t.Errorf("%d by label (want 20), %d revealed (want 8), %d twins (want 6), %d only probable (want a third)", byLabel, revealed, twins, probable)
	}
	found := map[string]bool{}
	for _, r := range w.Expect.Replacements {
		found[r.Name] = true
	}
	if n := byLabel + len(w.Expect.OutOfReach); n != 57 {
		t.Errorf("%d names of the sourced list are accounted for, want 57", n)
	}
	for _, m := range w.Expect.OutOfReach {
		name := m.Name
		if name == "news.walla.top" {
			name = "walla.top"
		}
		if found[m.Name] || len(sites[name]) == 0 || m.Registered.Before(day("2024-07-01")) || m.Registered.After(day("2024-11-24")) {
			t.Errorf("out of reach: %s (%s)", m.Name, m.Registered.Format(time.DateOnly))
			continue
		}
		if inCase[m.Name] != strings.Contains(m.Reason, "in the case itself") || !inCase[m.Name] && watched[label(m.Name)] {
			t.Errorf("%s: reason %q does not hold", m.Name, m.Reason)
		}
		if d := sites[name][0].Registered; !d.Equal(m.Registered.Time) {
			t.Errorf("%s: registered %s and %s", m.Name, d.Format(time.DateOnly), m.Registered.Format(time.DateOnly))
		}
	}
}

func TestDoppelgangerNewLabels(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	sites := lives(w)
	for _, r := range w.Expect.Replacements {
		if r.How == "label" {
			continue
		}
		s := sites[r.Name][0]
		var by string
		var at time.Time
		for i := range w.Sites {
			if w.Sites[i].Name == r.Name {
				continue
			}
			if from, how, ok := mentions(&w.Sites[i], r.Name); ok {
				if by != "" {
					t.Errorf("%s is revealed by %s and by %s", r.Name, by, w.Sites[i].Name)
				}
				by, at = w.Sites[i].Name, from
				if how != r.How {
					t.Errorf("%s is revealed by a %s of %s, expected: %s", r.Name, how, by, r.How)
				}
			}
		}
		if by == "" {
			t.Errorf("nothing reveals %s", r.Name)
			continue
		}
		if at.Before(s.RegisteredAt()) {
			t.Errorf("%s points at %s before it exists", by, r.Name)
		}
		if want := firstNight(w, at); !r.From.Equal(want) {
			t.Errorf("%s: first night %s, want %s", r.Name, r.From.Format(time.DateOnly), want.Format(time.DateOnly))
		}
		if both := shared(identifiers(w, s), identifiers(w, sites[r.Replaces][0])); len(both) < 3 {
			t.Errorf("%s shares only %v with %s", r.Name, both, r.Replaces)
		}
	}
	if len(w.Expect.Unreported) != 2 {
		t.Errorf("%d names are hidden, want 2", len(w.Expect.Unreported))
	}
	raw, err := os.ReadFile(doppelgangerWorld)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range w.Expect.Unreported {
		// The site itself and the expectation: nothing else may name it.
		if n := strings.Count(string(raw), u.Name); n != 2 {
			t.Errorf("%s is named %d times in the world, want 2: something reveals it", u.Name, n)
		}
	}
}

func TestDoppelgangerInnocents(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	sites := lives(w)
	inCase, watched := map[string]bool{}, map[string]bool{}
	for _, file := range []string{"seized.csv", "campaign.csv"} {
		for _, row := range caseRows(t, doppelgangerCase, file) {
			inCase[row["domain"]] = true
			watched[label(row["domain"])] = true
		}
	}
	campaign, victims := map[string]bool{}, map[string]string{}
	for i := range w.Sites {
		s := &w.Sites[i]
		if ok, _ := w.Of(s, "name"); ok && s.Registrar != "brandguard" && s.Name != "rrn.world" {
			maps.Copy(campaign, identifiers(w, s))
		}
	}
	kinds := map[string]int{}
	for _, in := range w.Expect.Innocents {
		kinds[in.Kind]++
		if in.Kind == "wildcard" {
			if w.Suffixes[in.Name].Wildcard == nil {
				t.Errorf("%s answers only for names that exist", in.Name)
			}
			continue
		}
		s := sites[in.Name][len(sites[in.Name])-1]
		ids := identifiers(w, s)
		for id := range ids {
			k, v, _ := strings.Cut(id, ":")
			if slices.Contains(idVars, k) && in.Kind == "outlet" {
				victims[k+":"+v] = in.Name
			} else if campaign[id] && in.Kind != "outlet" {
				t.Errorf("%s (%s) shares %s with the campaign", in.Name, in.Kind, id)
			}
		}
		switch in.Kind {
		case "same-label":
			if !watched[label(in.Name)] || inCase[in.Name] || s.RegisteredAt().After(day("2020-01-01")) || len(s.Web.Articles) < 3 {
				t.Errorf("%s is no live same-label innocent registered long before", in.Name)
			}
		case "parked":
			if !watched[label(in.Name)] || !strings.HasPrefix(s.Web.Pages["*"].Template, "parked-") {
				t.Errorf("%s is not parked under a watched label", in.Name)
			}
		case "similar":
			if watched[label(in.Name)] || s.Registrar != "eins" || !s.Registered.Equal(day("2024-09-05")) {
				t.Errorf("%s does not share registrar and day with the wave under another label", in.Name)
			}
		case "other-owner":
			if n := len(sites[in.Name]); n != 2 || !inCase[in.Name] {
				t.Errorf("%s has %d lives, want 2 under one name of the case", in.Name, n)
			}
		}
		if ok, _ := w.Of(s, "name"); ok != (in.Kind == "outlet" || in.Kind == "other-owner") {
			t.Errorf("%s (%s): sourced name is %t", in.Name, in.Kind, ok)
		}
	}
	outlets := len(caseRows(t, doppelgangerCase, "outlets.csv"))
	if kinds["same-label"] < 8 || kinds["parked"] < 6 || kinds["similar"] != 2 || kinds["prank"] != 1 || kinds["other-owner"] != 1 ||
		kinds["outlet"] != outlets || kinds["wildcard"] < 4 {
		t.Errorf("innocents by kind: %v", kinds)
	}
	var carriers []string
	for i := range w.Sites {
		for id := range identifiers(w, &w.Sites[i]) {
			if v := victims[id]; v != "" && v != w.Sites[i].Name {
				carriers = append(carriers, w.Sites[i].Name+" of "+v)
			}
		}
	}
	if !slices.Equal(carriers, []string{"lepoint.top of lepoint.fr"}) {
		t.Errorf("spoofs that carry their victim's analytics ID: %v", carriers)
	}
}

func TestDoppelgangerHoldsAndCutOff(t *testing.T) {
	w := loadWorld(t, doppelgangerWorld)
	sites := lives(w)
	held := func(name, night string) bool {
		st, ok := sites[name][0].At(day(night).Add(2 * time.Hour))
		return ok && slices.Contains(st.Statuses, "client hold")
	}
	for night, want := range map[string]bool{"2024-09-20": false, "2024-09-21": true, "2024-09-27": true, "2024-09-28": false} {
		if got := held("50statesoflie.so", night); got != want {
			t.Errorf("50statesoflie.so on hold in the night of %s: %t", night, got)
		}
	}
	before, after := 0, 0
	for _, r := range w.Expect.Replacements {
		if sites[r.Name][0].Registrar != "eins" {
			continue
		}
		if held(r.Name, "2024-11-07") {
			before++
		}
		if held(r.Name, "2024-11-08") {
			after++
		}
	}
	if before != 0 || after != 16 {
		t.Errorf("%d names of the wave on hold before the cut-off and %d after it, want 0 and 16", before, after)
	}
}
