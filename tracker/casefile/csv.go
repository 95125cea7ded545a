package casefile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"

	"respawn/tracker"
)

// maxRecord bounds one CSV record. A quote that is never closed would otherwise
// swallow the rest of the file as one field.
const maxRecord = 64 << 10

// csvHeader returns the delimiter of a table whose first line names a column
// "domain", and whether there is one. Semicolons and tabs are what spreadsheets
// of other locales write.
func csvHeader(data []byte) (rune, bool) {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	for _, comma := range []rune{',', ';', '\t'} {
		r := csv.NewReader(bytes.NewReader(line))
		r.Comma = comma
		rec, err := r.Read()
		if err == nil && slices.ContainsFunc(rec, func(s string) bool { return column(s) == "domain" }) {
			return comma, true
		}
	}
	return 0, false
}

// column is the canonical form of a column name.
func column(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(s)
}

func (b *builder) csv(file string, data []byte, role tracker.Role) error {
	comma, ok := csvHeader(data)
	if !ok {
		line, _, _ := strings.Cut(string(data), "\n")
		if _, _, err := Refang(line); err == nil {
			return b.list(file, data, role) // one name a line, called .csv
		}
		return fmt.Errorf("%w: %s: line 1 names no column %q; the columns are %s", ErrFormat, file, "domain", strings.Join(columns, ", "))
	}
	recs, err := b.records(file, data, comma)
	if err != nil {
		return err
	}
	header := recs[0].fields
	for i, h := range header {
		header[i] = column(h)
		if h := header[i]; h != "" && slices.Contains(header[:i], h) {
			return fmt.Errorf("%w: %s: column %q stands twice in line 1", ErrFormat, file, h)
		}
		if h := header[i]; h != "" && !slices.Contains(columns, h) {
			b.refuse(file, 1, h, h, "unknown column: its values go into the note of each row")
		}
	}
	rows := recs[1:]
	order := dayOrder(func(yield func(string) bool) {
		for _, r := range rows {
			for i, v := range r.fields {
				if i < len(header) && isDate(header[i]) && !yield(v) {
					return
				}
			}
		}
	})
	if order == dayContradicts {
		b.refuse(file, 0, "dates", "", "some days stand before and some behind the month: days that could be either are left out")
	}
	refused := 0
	for _, r := range rows {
		f := fields{}
		for i, v := range r.fields {
			if v = strings.TrimSpace(v); v != "" && header[i] != "" {
				f[header[i]] = v
			}
		}
		if len(f) == 0 {
			continue
		}
		if !b.row(file, r.line, f, role, order) {
			if refused++; refused > maxRefused {
				return fmt.Errorf("%w: %s: more than %d rows refused", ErrFormat, file, maxRefused)
			}
		}
	}
	return nil
}

type record struct {
	line   int
	fields []string
}

// records splits data. A record that cannot be read, or that has more fields
// than the first, is refused line by line: reading goes on at the next line, so
// that one lost quote costs one row.
func (b *builder) records(file string, data []byte, comma rune) ([]record, error) {
	var out []record
	line, refused := 1, 0
	for len(data) > 0 {
		if blank := blankLine(data); blank > 0 {
			data, line = data[blank:], line+1
			continue
		}
		r := csv.NewReader(bytes.NewReader(data[:min(len(data), maxRecord)]))
		r.Comma = comma
		r.FieldsPerRecord = -1
		rec, err := r.Read()
		n := int(r.InputOffset())
		reason := ""
		switch {
		case n == maxRecord && len(data) > maxRecord:
			reason = fmt.Sprintf("longer than %d KiB (a quote that is never closed?)", maxRecord>>10)
		case err != nil:
			reason = "not a CSV row"
			if pe, ok := errors.AsType[*csv.ParseError](err); ok {
				reason += ": " + pe.Err.Error()
			}
		case len(out) > 0 && len(rec) > len(out[0].fields):
			reason = fmt.Sprintf("%d fields, but line 1 names %d columns (a comma outside of quotes?)", len(rec), len(out[0].fields))
		default:
			out = append(out, record{line: line, fields: rec})
		}
		if reason != "" {
			first, _, found := bytes.Cut(data, []byte("\n"))
			n = len(first)
			if found {
				n++
			}
			b.refuse(file, line, "", strings.TrimRight(string(first), "\r"), reason)
			if refused++; refused > maxRefused {
				return nil, fmt.Errorf("%w: %s: more than %d rows refused", ErrFormat, file, maxRefused)
			}
		}
		line += bytes.Count(data[:n], []byte("\n"))
		data = data[n:]
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: %s is empty", ErrFormat, file)
	}
	return out, nil
}

// blankLine is the length of a leading line that holds nothing, 0 if there is none.
func blankLine(data []byte) int {
	line, _, found := bytes.Cut(data, []byte("\n"))
	if len(bytes.TrimSpace(line)) > 0 {
		return 0
	}
	if found {
		return len(line) + 1
	}
	return len(line)
}
