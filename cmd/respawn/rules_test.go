package main

import (
	"database/sql"
	"path/filepath"
	"testing"

	"respawn/crawler/fingerprint"
)

// What an older version of the extractor read is read by those who ask, and read anew
// from the bytes by the next scan.
func TestCapturesOfOlderRulesAreReadAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t, exampleWorld, thrifty)
	h.do(t, exitDone, "case", "add", h.caseFile())
	for i := range 11 {
		h.do(t, exitDone, "scan", "--at", h.night(i))
	}
	pair := []string{"compare", "baltecho.cc", "baltecho.info", "--format", "json", "--at", h.night(10)}
	now := h.do(t, exitDone, pair...)
	db, err := sql.Open("sqlite", filepath.Join(h.dir, "respawn-data", "respawn.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(rule string) (n int) {
		if err := db.QueryRow(`SELECT COUNT(*) FROM fingerprint WHERE rule = ?`, rule).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count(fingerprint.Rule)
	older := fingerprint.Rules[1]
	for _, q := range []string{`UPDATE fingerprint SET rule = '` + older + `'`, `DELETE FROM stage_cursor WHERE stage = '` + fingerprint.Rule + `'`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.do(t, exitDone, pair...); got != now {
		t.Errorf("by the older prints\n%s\nwant\n%s", got, now)
	}
	h.do(t, exitDone, "scan", "--at", h.night(11))
	if after := count(fingerprint.Rule); before == 0 || after < before || count(older) != before {
		t.Errorf("%d prints of %s after a scan, %d of %s, want %d of both at least", after, fingerprint.Rule, count(older), older, before)
	}
}
