package netsim

import (
	"strings"
	"text/template"
	"time"
)

// pageData is what a template of a world file sees.
type pageData struct {
	Name     string            // the site
	Host     string            // as the visitor asked for it
	Path     string            // path of the request
	Scheme   string            // http or https
	Country  string            // of the visitor's exit
	Vars     map[string]string // theme's, site's and page's, the later winning
	Articles []Article         // published by now
	Article  Article           // on an article page
	Now      time.Time         // of the world
}

var templateFuncs = template.FuncMap{
	"upper":   strings.ToUpper,
	"lower":   strings.ToLower,
	"join":    strings.Join,
	"split":   func(sep, s string) []string { return strings.Split(s, sep) },
	"replace": func(old, new, s string) string { return strings.ReplaceAll(s, old, new) },
	"paragraphs": func(s string) []string {
		var out []string
		for p := range strings.SplitSeq(s, "\n\n") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
		return out
	},
	"day": func(t any) string {
		switch t := t.(type) {
		case Instant:
			return t.Format(time.DateOnly)
		case time.Time:
			return t.Format(time.DateOnly)
		}
		return ""
	},
}
