package survival

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// A RowError is a line of a table that could not be used. [ReadCSV] joins one
// for each.
type RowError struct {
	Line   int // counted from 1, the header included
	Reason string
}

func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// ReadCSV reads a table with the columns left and right and, optionally, group,
// entry, weight and cause, in any order and under a header line.
//
// left and right bound the end as (left, right]; equal, the end is exact; an
// empty right (or inf, or NA, as R writes them) is a row still running. An empty
// entry (or NA) is watched from the start, an empty weight counts once. Without a group
// column every row is in group "all". Spaces around fields and a byte order mark
// are ignored; a column with another name is an error, lest a misspelt "entry"
// silently change a result.
//
// The usable rows are returned even if others are refused; then err joins one
// [*RowError] for each refused line, in order. A missing header or a failing
// reader returns no rows.
func ReadCSV(r io.Reader) ([]Row, error) {
	br := bufio.NewReader(r)
	if mark, _ := br.Peek(3); string(mark) == "\ufeff" { // before the quote of a quoted header, csv would choke on it
		br.Discard(3)
	}
	cr := csv.NewReader(br)
	cr.FieldsPerRecord = -1
	cr.TrimLeadingSpace = true
	cr.ReuseRecord = true

	header, err := cr.Read()
	if errors.Is(err, io.EOF) {
		return nil, &RowError{1, "no header: want the columns left,right[,group][,entry]"}
	}
	if pe, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, &RowError{pe.StartLine, pe.Err.Error()}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	cols, err := columns(header)
	if err != nil {
		return nil, err
	}

	var rows []Row
	var bad []error
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if pe, ok := errors.AsType[*csv.ParseError](err); ok {
			bad = append(bad, &RowError{pe.StartLine, pe.Err.Error()})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading rows: %w", err)
		}
		line, _ := cr.FieldPos(0)
		row, err := cols.row(rec)
		if err != nil {
			bad = append(bad, &RowError{line, err.Error()})
			continue
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(bad...)
}

// columnIndex says which field of a record holds what; -1 is absent.
type columnIndex struct{ n, left, right, group, entry, weight, cause int }

func columns(header []string) (columnIndex, error) {
	c := columnIndex{n: len(header), left: -1, right: -1, group: -1, entry: -1, weight: -1, cause: -1}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		at := map[string]*int{"left": &c.left, "right": &c.right, "group": &c.group,
			"entry": &c.entry, "weight": &c.weight, "cause": &c.cause}[name]
		switch {
		case at == nil:
			return c, &RowError{1, fmt.Sprintf("column %q is none of left, right, group, entry, weight, cause", name)}
		case *at >= 0:
			return c, &RowError{1, fmt.Sprintf("column %q occurs twice", name)}
		}
		*at = i
	}
	if c.left < 0 || c.right < 0 {
		return c, &RowError{1, "the columns left and right are required"}
	}
	return c, nil
}

func (c columnIndex) row(rec []string) (Row, error) {
	if len(rec) != c.n {
		return Row{}, fmt.Errorf("%d fields, the header has %d", len(rec), c.n)
	}
	field := func(i int) string {
		if i < 0 {
			return ""
		}
		return strings.TrimSpace(rec[i])
	}
	row := Row{Right: math.Inf(1), Group: "all"}
	var err error
	if field(c.left) == "" {
		return Row{}, errors.New("left is empty: write 0 where all that is known is that the end came by right")
	}
	if row.Left, err = number("left", field(c.left)); err != nil {
		return Row{}, err
	}
	if s := field(c.right); !isOpen(s) {
		if row.Right, err = number("right", s); err != nil {
			return Row{}, err
		}
	}
	if s := field(c.entry); s != "" && !strings.EqualFold(s, "na") {
		if row.Entry, err = number("entry", s); err != nil {
			return Row{}, err
		}
	}
	if s := field(c.weight); s != "" {
		if row.Weight, err = number("weight", s); err != nil {
			return Row{}, err
		}
		if row.Weight <= 0 {
			return Row{}, fmt.Errorf("weight %s is not positive", s)
		}
	}
	if c.group >= 0 {
		// A copy: the record's memory is reused.
		if row.Group = strings.Clone(field(c.group)); row.Group == "" {
			return Row{}, errors.New("group is empty")
		}
	}
	row.Cause = strings.Clone(field(c.cause))
	return row, row.Validate()
}

// isOpen reports whether a right field says that the row was still running.
func isOpen(s string) bool {
	switch strings.ToLower(s) {
	case "", "inf", "+inf", "infinity", "na":
		return true
	}
	return false
}

func number(column, s string) (float64, error) {
	if s == "" {
		return 0, fmt.Errorf("%s is empty", column)
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%s %q is not a number", column, s)
	}
	return v, nil
}

// WriteCSV writes rows as a table that [ReadCSV] reads back unchanged: left,
// right, group and entry always, weight and cause only if a row has one.
func WriteCSV(w io.Writer, rows []Row) error {
	var weights, causes bool
	for _, r := range rows {
		weights = weights || r.weight() != 1
		causes = causes || r.Cause != ""
	}
	header := []string{"left", "right", "group", "entry"}
	if weights {
		header = append(header, "weight")
	}
	if causes {
		header = append(header, "cause")
	}
	cw := csv.NewWriter(w)
	if err := cw.Write(header); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for _, r := range rows {
		rec := []string{text(r.Left), "", r.Group, ""}
		if r.Ended() {
			rec[1] = text(r.Right)
		}
		if r.Entry > 0 {
			rec[3] = text(r.Entry)
		}
		if weights {
			rec = append(rec, text(r.weight()))
		}
		if causes {
			rec = append(rec, r.Cause)
		}
		if err := cw.Write(rec); err != nil {
			return fmt.Errorf("writing rows: %w", err)
		}
	}
	cw.Flush()
	return cw.Error()
}
