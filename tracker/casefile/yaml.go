package casefile

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"respawn/tracker"
)

// maxDepth bounds case files that tie together case files.
const maxDepth = 4

var caseKeys = []string{"id", "title", "note", "files", "names", "outlets"}

// yaml reads
//
//	id: doppelganger-2024
//	title: ...
//	note: ...
//	files: [seized.csv, {file: outlets.csv, role: outlet}]
//	names: [rrn.media, {domain: artichoc.io, seized_date: 2024-09-04}]
//	outlets: [spiegel.de, {domain: lemonde.fr, country: FR, title: Le Monde}]
//
// where a mapping has the columns of a table as keys, or a bare sequence of
// names. Lines come from the parser's nodes. JSON is read as the YAML that it is.
func (b *builder) yaml(open Opener, file string, data []byte, role tracker.Role, depth int) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrFormat, file, err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return fmt.Errorf("%w: %s is empty", ErrFormat, file)
	}
	root := doc.Content[0]
	if root.Kind == yaml.SequenceNode {
		return b.yamlRows(file, root, role)
	}
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("%w: %s:%d: want a mapping with the keys %s, or a list of names", ErrFormat, file, root.Line, strings.Join(caseKeys, ", "))
	}
	var files *yaml.Node
	for i := 0; i+1 < len(root.Content); i += 2 {
		k, v := root.Content[i], root.Content[i+1]
		switch k.Value {
		case "id", "title", "note":
			if v.Kind != yaml.ScalarNode {
				return fmt.Errorf("%w: %s:%d: %s is not text", ErrFormat, file, v.Line, k.Value)
			}
			if err := b.describe(file, v.Line, k.Value, v.Value, depth); err != nil {
				return err
			}
		case "files":
			files = v
		case "names":
			if err := b.yamlRows(file, v, role); err != nil {
				return err
			}
		case "outlets":
			if err := b.yamlRows(file, v, roleOutlet); err != nil {
				return err
			}
		default:
			b.refuse(file, k.Line, k.Value, v.Value, "unknown key; the keys are "+strings.Join(caseKeys, ", "))
		}
	}
	if files == nil {
		return nil
	}
	return b.yamlFiles(open, file, files, role, depth)
}

// describe sets what a case file says about the case. Only the outermost file
// speaks for the case.
func (b *builder) describe(file string, line int, key, value string, depth int) error {
	if depth > 0 {
		return nil
	}
	switch key {
	case "id":
		id := cleanID(value)
		if id == "" || string(id) != value {
			return fmt.Errorf("%w: %s:%d: id %q: want lower-case letters, digits and single hyphens", ErrFormat, file, line, value)
		}
		b.c.ID = id
	case "title":
		b.c.Title = value
	case "note":
		b.c.Note = value
	}
	return nil
}

func (b *builder) yamlFiles(open Opener, file string, files *yaml.Node, role tracker.Role, depth int) error {
	if open == nil {
		return fmt.Errorf("%w: %s:%d: it ties files together; load it by its path", ErrFormat, file, files.Line)
	}
	if files.Kind != yaml.SequenceNode {
		return fmt.Errorf("%w: %s:%d: files: want a list", ErrFormat, file, files.Line)
	}
	if depth >= maxDepth {
		return fmt.Errorf("%w: %s: case files tie one another together more than %d deep", ErrFormat, file, maxDepth)
	}
	for _, n := range files.Content {
		sub, as := n.Value, role
		if n.Kind == yaml.MappingNode {
			f := b.yamlFields(file, n)
			sub = f["file"]
			switch r := tracker.Role(f["role"]); r {
			case "":
			case tracker.RoleSeized, tracker.RoleCampaign, roleOutlet:
				as = r
			default:
				return fmt.Errorf("%w: %s:%d: role %q: want seized, campaign or outlet", ErrFormat, file, n.Line, r)
			}
		}
		if sub == "" {
			return fmt.Errorf("%w: %s:%d: files: want a file name or {file, role}", ErrFormat, file, n.Line)
		}
		if !path.IsAbs(sub) {
			sub = path.Join(path.Dir(file), sub)
		}
		if err := b.file(open, sub, as, depth+1); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n.Line, err)
		}
	}
	return nil
}

func (b *builder) yamlRows(file string, list *yaml.Node, role tracker.Role) error {
	if list.Kind != yaml.SequenceNode {
		return fmt.Errorf("%w: %s:%d: want a list of names", ErrFormat, file, list.Line)
	}
	type row struct {
		line int
		f    fields
	}
	var rows []row
	unknown := map[string]bool{}
	for _, n := range list.Content {
		switch n.Kind {
		case yaml.ScalarNode:
			rows = append(rows, row{n.Line, fields{"domain": n.Value}})
		case yaml.MappingNode:
			f := b.yamlFields(file, n)
			for _, k := range f.unknown() {
				if !unknown[k] {
					unknown[k] = true
					b.refuse(file, n.Line, k, f[k], "unknown key: its values go into the note of each row")
				}
			}
			rows = append(rows, row{n.Line, f})
		default:
			b.refuse(file, n.Line, "", n.Value, "want a name or a mapping with the key domain")
		}
	}
	o := dayOrder(func(yield func(string) bool) {
		for _, r := range rows {
			for k, v := range r.f {
				if isDate(k) && !yield(v) {
					return
				}
			}
		}
	})
	refused := 0
	for _, r := range rows {
		if !b.row(file, r.line, r.f, role, o) {
			if refused++; refused > maxRefused {
				return fmt.Errorf("%w: %s: more than %d rows refused", ErrFormat, file, maxRefused)
			}
		}
	}
	return nil
}

// yamlFields are the scalar values of a mapping; what is not a scalar is refused.
func (b *builder) yamlFields(file string, m *yaml.Node) fields {
	f := fields{}
	for i := 0; i+1 < len(m.Content); i += 2 {
		k, v := m.Content[i], m.Content[i+1]
		if v.Kind != yaml.ScalarNode {
			b.refuse(file, v.Line, column(k.Value), "", "want text, a number or a day")
			continue
		}
		if s := strings.TrimSpace(v.Value); s != "" && v.Tag != "!!null" {
			key := k.Value
			if c := column(key); slices.Contains(columns, c) {
				key = c
			}
			f[key] = s
		}
	}
	return f
}
