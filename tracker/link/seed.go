package link

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"respawn/tracker"
)

//go:embed data/background.csv
var backgroundCSV []byte

// A common value stands in the shipped table: many strangers carry it, so that a
// match says nothing. source says where that was looked up, and seen when.
type common struct {
	why, source string
	seen        time.Time
}

// seeds are the rows of data/background.csv. Kinds are those of the evidence
// table, and the classes: ns-zone, whose rows hold for every name server below,
// mail-zone, where anybody may have a mailbox, and what [placeholder] reads. The file is
// part of the program: one that does not parse is a program that was built wrong.
var seeds = func() map[tracker.Identifier]common {
	m, err := parseSeeds(backgroundCSV)
	if err != nil {
		panic(err)
	}
	return m
}()

// rowClasses are the kinds of rows that are no kinds of evidence.
var rowClasses = map[string]bool{"ns-zone": true, "mail-zone": true, "placeholder-handle": true, "placeholder-mailbox": true, "placeholder-domain": true, "placeholder-phone": true}

func parseSeeds(b []byte) (map[tracker.Identifier]common, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord = 5
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("background table: %w", err)
	}
	if len(rows) == 0 || strings.Join(rows[0], ",") != "kind,value,why,source,seen" {
		return nil, fmt.Errorf("background table: the first line must be kind,value,why,source,seen")
	}
	out := make(map[tracker.Identifier]common, len(rows))
	for i, f := range rows[1:] {
		seen, err := time.Parse(time.DateOnly, f[4])
		k := tracker.Identifier{Kind: f[0], Value: f[1]}
		_, known := kinds[f[0]]
		switch {
		case err != nil:
			return nil, fmt.Errorf("background table, row %d: %w", i+1, err)
		case !known && !rowClasses[f[0]]:
			return nil, fmt.Errorf("background table, row %d: kind %q is not weighed", i+1, f[0])
		case f[1] == "" || f[2] == "" || f[3] == "":
			return nil, fmt.Errorf("background table, row %d: value, why and source are required", i+1)
		}
		if _, dup := out[k]; dup {
			return nil, fmt.Errorf("background table, row %d: %s %s stands there twice", i+1, k.Kind, k.Value)
		}
		out[k] = common{f[2], f[3], seen}
	}
	return out, nil
}

func seeded(kind, value string) (common, bool) {
	c, ok := seeds[tracker.Identifier{Kind: kind, Value: value}]
	return c, ok
}

// providerZone is the zone of a large provider that a name server lies in.
func providerZone(ns tracker.Name) (tracker.Name, bool) {
	for s := string(ns); s != ""; {
		if _, ok := seeded("ns-zone", s); ok {
			return tracker.Name(s), true
		}
		_, rest, found := strings.Cut(s, ".")
		if !found {
			break
		}
		s = rest
	}
	// Route 53 deals its servers out over 512 zones in each of four suffixes.
	if first, rest, ok := strings.Cut(string(ns), "."); ok && strings.HasPrefix(first, "ns-") && strings.HasPrefix(rest, "awsdns-") {
		return tracker.Name(rest), true
	}
	return "", false
}
