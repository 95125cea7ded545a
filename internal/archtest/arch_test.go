package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "respawn"

// A pkg is one folder with Go files; its path is relative to the module root.
type pkg struct {
	path  string
	files map[string]*ast.File // by file name, tests included
}

func (p pkg) source() map[string]*ast.File {
	out := map[string]*ast.File{}
	for n, f := range p.files {
		if !strings.HasSuffix(n, "_test.go") {
			out[n] = f
		}
	}
	return out
}

func load(t *testing.T) (map[string]pkg, *token.FileSet) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	pkgs := map[string]pkg{}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != root && (strings.HasPrefix(n, ".") || n == "testdata" || n == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, filepath.Dir(p))
		rel = filepath.ToSlash(rel)
		if pkgs[rel].files == nil {
			pkgs[rel] = pkg{rel, map[string]*ast.File{}}
		}
		pkgs[rel].files[filepath.Base(p)] = f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 10 {
		t.Fatalf("only %d packages found below %s: the walk is broken", len(pkgs), root)
	}
	return pkgs, fset
}

// pure packages work on values alone; they may import package tracker and never
// one another.
var pure = []string{"tracker/casefile", "tracker/lookalike", "crawler/fingerprint", "tracker/custody", "tracker/link",
	"tracker/lifecycle", "tracker/survival", "tracker/export"}

// edges touch the world through functions that cmd hands in; they may import
// package tracker and never one another.
var edges = []string{"resolver", "resolver/registration", "resolver/feed", "crawler", "crawler/archive", "tracker/store",
	"tracker/queue", "tracker/alert", "tracker/web"}

// mayImport says which of our packages p may import outside its tests; nil means
// all of them.
func mayImport(p string) (allowed []string, all bool) {
	switch {
	case strings.HasPrefix(p, "cmd/"):
		return nil, true
	case p == "tracker", p == "internal/netsim", p == "internal/archtest":
		return nil, false
	case p == "tracker/scan":
		return append([]string{"tracker"}, pure...), false
	case p == "tracker/store/storetest":
		return []string{"tracker", "tracker/store", "tracker/queue"}, false
	}
	return []string{"tracker"}, false
}

func imports(f *ast.File) []string {
	var out []string
	for _, i := range f.Imports {
		s, _ := strconv.Unquote(i.Path.Value)
		out = append(out, s)
	}
	return out
}

func TestWhoImportsWhom(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range pkgs {
		allowed, all := mayImport(p.path)
		if all {
			continue
		}
		for name, f := range p.source() {
			for _, imp := range imports(f) {
				rel, ours := strings.CutPrefix(imp, module+"/")
				if ours && !slices.Contains(allowed, rel) {
					t.Errorf("%s/%s imports %s; it may import only %v", p.path, name, rel, allowed)
				}
			}
		}
	}
}

// Where a suffix ends decides what is watched, asked and linked: it is decided by
// the list in package tracker alone.
func TestOneListCutsNames(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range pkgs {
		for name, f := range p.source() {
			if slices.Contains(imports(f), "golang.org/x/net/publicsuffix") {
				t.Errorf("%s/%s imports x/net/publicsuffix, which has another list than tracker.Name", p.path, name)
			}
		}
	}
}

func TestPurePackagesStayPure(t *testing.T) {
	pkgs, fset := load(t)
	forbidden := []string{"net", "net/http", "os", "database/sql", "log", "log/slog", "os/exec", "syscall"}
	for _, path := range append([]string{"tracker"}, pure...) {
		p, ok := pkgs[path]
		if !ok {
			continue
		}
		for name, f := range p.source() {
			for _, imp := range imports(f) {
				if slices.Contains(forbidden, imp) {
					t.Errorf("%s/%s imports %s: a pure package takes values and gives values", path, name, imp)
				}
			}
			calls(f, func(x, sel string, pos token.Pos) {
				if x == "time" && (sel == "Now" || sel == "Since" || sel == "Until" || sel == "Sleep") {
					t.Errorf("%s: time.%s in a pure package: take asOf instead", fset.Position(pos), sel)
				}
			})
		}
	}
}

// calls reports every pkg.Name selector on an imported package of the file.
func calls(f *ast.File, found func(x, sel string, pos token.Pos)) {
	names := map[string]string{}
	for _, i := range f.Imports {
		s, _ := strconv.Unquote(i.Path.Value)
		n := path.Base(s)
		if i.Name != nil {
			n = i.Name.Name
		}
		names[n] = s
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok || id.Obj != nil {
			return true
		}
		if imp, ok := names[id.Name]; ok {
			found(imp, sel.Sel.Name, sel.Pos())
		}
		return true
	})
}

// Sockets open behind internal/egress. cmd may listen (the dashboard) and
// netsim is an Internet of its own.
func TestOneDoorToTheNetwork(t *testing.T) {
	pkgs, fset := load(t)
	dial := []string{"Dial", "DialTimeout", "DialUDP", "DialTCP", "DialIP", "DialUnix", "Dialer", "Resolver", "DefaultResolver", "ListenUDP",
		"ListenPacket", "ListenConfig", "LookupHost", "LookupIP", "LookupAddr", "LookupNS", "LookupMX", "LookupTXT", "LookupCNAME"}
	httpDefaults := []string{"DefaultClient", "DefaultTransport", "Get", "Post", "PostForm", "Head"}
	for _, p := range pkgs {
		if p.path == "internal/egress" || strings.HasPrefix(p.path, "internal/netsim") {
			continue
		}
		for name, f := range p.source() {
			calls(f, func(x, sel string, pos token.Pos) {
				if x == "net" && slices.Contains(dial, sel) || x == "net/http" && slices.Contains(httpDefaults, sel) {
					t.Errorf("%s: %s.%s in %s: sockets open through internal/egress only", fset.Position(pos), x, sel, name)
				}
			})
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	pkgs, _ := load(t)
	for _, p := range pkgs {
		var docs []string
		for name, f := range p.source() {
			if f.Doc != nil {
				docs = append(docs, name)
				if words := len(strings.Fields(f.Doc.Text())); words < 25 {
					t.Errorf("%s/%s: a package doc of %d words cannot say what the package knows, what it does not do, and where its data comes from and goes", p.path, name, words)
				}
			}
		}
		if len(p.source()) > 0 && len(docs) != 1 {
			t.Errorf("%s has package docs in %v; want exactly one", p.path, docs)
		}
	}
}

func TestLayout(t *testing.T) {
	pkgs, _ := load(t)
	if p, ok := pkgs["."]; ok {
		t.Errorf("Go files at the top level: %v", p.files)
	}
	for _, p := range pkgs {
		switch path.Base(p.path) {
		case "util", "utils", "common", "helpers", "manager", "types", "misc":
			t.Errorf("package %s is named for nothing", p.path)
		}
	}
	want := map[string]bool{"LICENSE": true, "CHANGELOG.md": true, "README.md": true, "Makefile": true, "go.mod": true, "go.sum": true,
		"cmd": true, "crawler": true, "resolver": true, "tracker": true, "internal": true, "testdata": true, "docs": true}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !want[e.Name()] && !strings.HasPrefix(e.Name(), "respawn") {
			t.Errorf("%s stands at the top level and has not earned its place", e.Name())
		}
	}
}

// Every package is either pure, an edge, or named in mayImport on purpose.
func TestEveryPackageHasARule(t *testing.T) {
	pkgs, _ := load(t)
	known := slices.Concat(pure, edges, []string{"tracker", "tracker/scan", "tracker/store/storetest", "internal/egress",
		"internal/netsim", "internal/archtest", "cmd/respawn"})
	for p := range pkgs {
		if !slices.Contains(known, p) {
			t.Errorf("package %s has no rule in archtest: say who may import it", p)
		}
	}
}
