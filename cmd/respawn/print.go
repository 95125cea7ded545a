package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"respawn/tracker/export"
)

// A column of a result: its name in machine formats and how a record fills it.
// show, where set, is what people see in a table instead (defanged names).
type column[T any] struct {
	name  string
	value func(T) string
	show  func(T) string
	only  string // "table" or "csv", where it is for one of them; "" for both
}

// A printer writes records one by one, so that a filter can run for hours.
type printer[T any] struct {
	format string
	w      io.Writer
	cols   []column[T]
	csv    *csv.Writer
	tab    *tabwriter.Writer
	all    []T // json only: one array
}

// newPrinter makes a printer for the format asked for; def where none was.
func newPrinter[T any](a *app, def string, cols []column[T]) (*printer[T], error) {
	f, err := a.formatOr(def)
	if err != nil {
		return nil, err
	}
	cols = slices.DeleteFunc(slices.Clone(cols), func(c column[T]) bool { return c.only != "" && c.only != f })
	return &printer[T]{format: f, w: a.Stdout, cols: cols}, nil
}

// formatOr is --format, else table on a terminal, else def.
func (a *app) formatOr(def string) (string, error) {
	switch a.format {
	case "":
		if a.isTerminal(a.Stdout) {
			return "table", nil
		}
		return def, nil
	case "table", "csv", "json", "jsonl":
		return a.format, nil
	}
	return "", usagef("--format %q: want table, csv, json or jsonl", a.format)
}

// print writes one record. Machine formats of structured records are those of
// encoding/json; csv has the columns.
func (p *printer[T]) print(rec T) error {
	switch p.format {
	case "jsonl":
		return json.NewEncoder(p.w).Encode(rec)
	case "json":
		p.all = append(p.all, rec)
		return nil
	case "csv":
		if p.csv == nil {
			p.csv = csv.NewWriter(p.w)
			if err := p.csv.Write(p.names()); err != nil {
				return err
			}
		}
		row := make([]string, len(p.cols))
		for i, c := range p.cols {
			row[i] = export.Inert(c.value(rec))
		}
		if err := p.csv.Write(row); err != nil {
			return err
		}
		p.csv.Flush()
		return p.csv.Error()
	}
	if p.tab == nil {
		p.tab = tabwriter.NewWriter(p.w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(p.tab, strings.ToUpper(strings.Join(p.names(), "\t")))
	}
	row := make([]string, len(p.cols))
	for i, c := range p.cols {
		show := c.show
		if show == nil {
			show = c.value
		}
		row[i] = plain(show(rec))
	}
	_, err := fmt.Fprintln(p.tab, strings.Join(row, "\t"))
	return err
}

func (p *printer[T]) names() []string {
	out := make([]string, len(p.cols))
	for i, c := range p.cols {
		out[i] = c.name
	}
	return out
}

// close writes what has to come at the end: a JSON array, a table, or the head of
// an empty CSV file.
func (p *printer[T]) close() error {
	switch p.format {
	case "json":
		if p.all == nil {
			p.all = []T{}
		}
		return writeJSON(p.w, p.all)
	case "csv":
		if p.csv == nil {
			w := csv.NewWriter(p.w)
			if err := w.Write(p.names()); err != nil {
				return err
			}
			w.Flush()
			return w.Error()
		}
	case "table":
		if p.tab != nil {
			return p.tab.Flush()
		}
	}
	return nil
}

// printOne writes one record that has no columns: as JSON, or by table for people. csv is
// refused with noCSV, which says what to take instead; where that is empty, it is JSON.
func (a *app) printOne(v any, noCSV string, table func() error) error {
	f, err := a.formatOr("json")
	if err != nil {
		return err
	}
	switch {
	case f == "table":
		return table()
	case f == "jsonl":
		return writeJSONLine(a.Stdout, v)
	case f == "csv" && noCSV != "":
		return usagef("%s", noCSV)
	}
	return writeJSON(a.Stdout, v)
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// plain is foreign text for a terminal: nothing in it moves the cursor, hides or
// reorders letters.
func plain(s string) string { return export.Plain(s) }
