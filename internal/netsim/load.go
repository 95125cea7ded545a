package netsim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A LoadError says what is wrong with a world file, and where.
type LoadError struct {
	File     string
	Problems []Problem // by line
}

// A Problem is one mistake in a world file. Line 0 means that it belongs to no
// line, such as a required key that is missing at the top.
type Problem struct {
	Line int
	Text string
}

// Error prints one problem a line as FILE:LINE: TEXT, at most twenty of them.
func (e *LoadError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i == 20 {
			fmt.Fprintf(&b, "\n%s: and %d more", e.File, len(e.Problems)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d: %s", e.File, p.Line, p.Text)
	}
	return b.String()
}

// Load reads the world file at path together with the files it refers to. Its
// error is a *LoadError with every mistake found, or that of the file system.
func Load(path string) (*World, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, os.ReadFile)
}

// Parse reads a world from data. The name is used in errors and as the place
// that references are relative to; read fetches referenced files.
func Parse(name string, data []byte, read func(path string) ([]byte, error)) (*World, error) {
	w := &World{dir: filepath.Dir(name), files: map[string][]byte{}}
	root, err := decode(data, w)
	if err != nil {
		return nil, asLoadError(name, err)
	}
	c := &checker{w: w, root: root, read: read}
	c.world()
	if len(c.problems) > 0 {
		slices.SortStableFunc(c.problems, func(a, b Problem) int { return a.Line - b.Line })
		return nil, &LoadError{File: name, Problems: c.problems}
	}
	return w, nil
}

func decode(data []byte, w *World) (root *yaml.Node, err error) {
	// Foreign bytes: whatever a YAML library might do with them, the caller
	// gets an error.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not YAML: %v", r)
		}
	}()
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("empty file")
	}
	root = new(yaml.Node)
	if err := yaml.Load(data, root); err != nil {
		return nil, err
	}
	if err := yaml.Load(data, w, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	return root, nil
}

func asLoadError(file string, err error) error {
	le := &LoadError{File: file}
	add := func(e *yaml.LoadError) {
		line, text := e.Mark.Line, e.Message
		if p, ok := errors.AsType[placed](error(e)); ok {
			line, text = p.line, p.Error()
		}
		le.Problems = append(le.Problems, Problem{line, text})
	}
	if many, ok := errors.AsType[*yaml.LoadErrors](err); ok {
		for _, e := range many.Errors {
			add(e)
		}
	} else if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		add(one)
	} else {
		le.Problems = append(le.Problems, Problem{0, err.Error()})
	}
	return le
}

// lineOf finds the line of a value by its path: keys of maps (string) and
// positions in lists (int). It stops at the deepest part that exists.
func lineOf(n *yaml.Node, path ...any) int {
	if n == nil {
		return 0
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	line := n.Line
	for _, p := range path {
		for n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		next := (*yaml.Node)(nil)
		switch p := p.(type) {
		case string:
			for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
				if n.Content[i].Value == p {
					line, next = n.Content[i].Line, n.Content[i+1]
				}
			}
		case int:
			if n.Kind == yaml.SequenceNode && p < len(n.Content) {
				next = n.Content[p]
				line = next.Line
			}
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}
