package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"respawn/crawler"
	"respawn/crawler/fingerprint"
	"respawn/resolver"
	"respawn/resolver/registration"
	"respawn/tracker"
)

// maxLine bounds one line of a list of names: a DNS name has 253 octets, a URL or
// a remark behind it may be longer, and nothing sensible has a mebibyte.
const maxLine = 1 << 20

// names reads one name a line from files ("-" is standard input) and arguments.
// Blank lines and lines beginning with # are passed over; a line that is no name
// is said on standard error with its number and passed over. Defanged names are
// taken. It streams: a list of any length takes the same memory.
func (a *app) names(args []string, file string) iter.Seq2[tracker.Name, error] {
	return func(yield func(tracker.Name, error) bool) {
		for _, s := range args {
			n, err := tracker.ParseName(refang(s))
			if err != nil {
				yield("", usagef("%v", err))
				return
			}
			if !yield(n, nil) {
				return
			}
		}
		if file == "" {
			return
		}
		r, label := a.Stdin, "standard input"
		if file != "-" {
			f, err := os.Open(file)
			if err != nil {
				yield("", err)
				return
			}
			defer f.Close()
			r, label = f, file
		}
		br := bufio.NewReaderSize(r, 64<<10)
		for line := 1; ; line++ {
			s, long, err := readLine(br)
			if line == 1 {
				s = strings.TrimPrefix(s, "\ufeff") // some editors begin a file with it
			}
			s = strings.TrimSpace(s)
			switch {
			case long:
				fmt.Fprintf(a.Stderr, "refused: %s:%d: the line is longer than %d bytes\n", label, line, maxLine)
			case s != "" && s[0] != '#':
				n, err := tracker.ParseName(refang(s))
				if err != nil {
					fmt.Fprintf(a.Stderr, "refused: %s:%d: %s\n", label, line, plain(err.Error()))
				} else if !yield(n, nil) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield("", fmt.Errorf("%s:%d: %w", label, line, err))
				return
			}
		}
	}
}

// readLine reads one line, without its end. Of one longer than maxLine it keeps
// nothing. The error is that of the reader; what was read before it counts.
func readLine(r *bufio.Reader) (s string, long bool, err error) {
	var b []byte
	for {
		part, err := r.ReadSlice('\n')
		if !long {
			b = append(b, part...)
		}
		if len(b) > maxLine {
			b, long = nil, true
		}
		if err != bufio.ErrBufferFull {
			return strings.TrimRight(string(b), "\r\n"), long, err
		}
	}
}

// refang undoes the defanging that people and our own output use.
func refang(s string) string {
	s = strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".").Replace(strings.TrimSpace(s))
	if i := strings.Index(s, "://"); i >= 0 {
		if u, err := url.Parse("http" + s[i:]); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return s
}

func joinNames(ns []tracker.Name) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = string(n)
	}
	return strings.Join(s, " ")
}

// A lookupLine is one line of `lookup`.
type lookupLine struct {
	Name         tracker.Name   `json:"name"`
	Outcome      string         `json:"outcome"` // registered, unregistered, unknown
	Reason       tracker.Reason `json:"reason"`
	Source       string         `json:"source"`
	Server       string         `json:"server"`
	Registrar    string         `json:"registrar"`
	RegistrarID  string         `json:"registrar_id"`
	CreatedAt    string         `json:"created_at"`
	UpdatedAt    string         `json:"updated_at"`
	ExpiresAt    string         `json:"expires_at"`
	Statuses     []string       `json:"statuses"`
	Nameservers  []tracker.Name `json:"nameservers"`
	AbuseEmail   string         `json:"abuse_email"`
	RawSHA256    tracker.Digest `json:"raw_sha256"`
	DomainAsked  tracker.Name   `json:"domain"`
	DetailPeople string         `json:"detail,omitempty"`
	// What the registrar itself says, where --registrar asked it.
	RegistrarAnswer *registrarAnswer `json:"registrar_answer,omitempty"`
}

// A registrarAnswer stands beside the registry's and changes nothing in it.
type registrarAnswer struct {
	Outcome    string         `json:"outcome"`
	Reason     tracker.Reason `json:"reason,omitempty"`
	Server     string         `json:"server"`
	Statuses   []string       `json:"statuses"`
	AbuseEmail string         `json:"abuse_email,omitempty"`
	RawSHA256  tracker.Digest `json:"raw_sha256,omitempty"`
}

func (a *app) lookupCommand() *cobra.Command {
	var file string
	var registrar bool
	c := &cobra.Command{
		Use:   "lookup NAME... [-f FILE]",
		Short: "Registration of names, by RDAP and where that is not to be had by WHOIS",
		Long: `lookup asks the registry of each name, or of the registrable domain that it lies in.
A name about which nobody gave an answer that can be believed is unknown, with the
reason; exit 3 says that every name is.`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && file == "" {
				return usagef("lookup: give names, or a list with -f FILE (- reads standard input)")
			}
			return a.lookup(c.Context(), args, file, registrar)
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "list of names, one a line; - reads standard input")
	c.Flags().BoolVar(&registrar, "registrar", false, "ask the registrar too, where the registry's RDAP record links to its answer")
	return c
}

func (a *app) lookup(ctx context.Context, args []string, file string, registrar bool) error {
	p, err := a.openProbes(ctx)
	if err != nil {
		return err
	}
	columns := []column[lookupLine]{
		{name: "name", value: func(l lookupLine) string { return string(l.Name) }, show: func(l lookupLine) string { return l.Name.Defang() }},
		{name: "outcome", value: func(l lookupLine) string { return l.Outcome }},
		{name: "reason", value: func(l lookupLine) string { return string(l.Reason) }},
		{name: "source", value: func(l lookupLine) string { return l.Source }},
		{name: "server", value: func(l lookupLine) string { return l.Server }},
		{name: "registrar", value: func(l lookupLine) string { return l.Registrar }},
		{name: "created_at", value: func(l lookupLine) string { return l.CreatedAt }},
		{name: "expires_at", value: func(l lookupLine) string { return l.ExpiresAt }},
		{name: "statuses", value: func(l lookupLine) string { return strings.Join(l.Statuses, ", ") }},
		{name: "nameservers", value: func(l lookupLine) string { return joinNames(l.Nameservers) }},
		{name: "abuse_email", value: func(l lookupLine) string { return l.AbuseEmail }},
		{name: "raw_sha256", value: func(l lookupLine) string { return string(l.RawSHA256) }},
	}
	if registrar {
		columns = append(columns, column[lookupLine]{name: "registrar_statuses", value: func(l lookupLine) string {
			if l.RegistrarAnswer == nil {
				return ""
			}
			return strings.Join(l.RegistrarAnswer.Statuses, ", ")
		}})
	}
	out, err := newPrinter(a, "jsonl", columns)
	if err != nil {
		return err
	}
	asked, answered := 0, 0
	for n, err := range a.names(args, file) {
		if err != nil {
			return errors.Join(err, out.close())
		}
		res, err := p.registry.Lookup(ctx, n)
		if errors.Is(err, tracker.ErrName) { // a name of the DNS, and none of a registry
			fmt.Fprintf(a.Stderr, "refused: %s\n", plain(err.Error()))
			continue
		}
		if err != nil {
			return errors.Join(fmt.Errorf("lookup %s: %w", n, err), out.close())
		}
		asked++
		if res.Outcome != tracker.Unknown {
			answered++
		}
		if err := p.keepRaw(ctx, res); err != nil {
			return errors.Join(err, out.close())
		}
		l := lineOf(n, res)
		if registrar {
			if l.RegistrarAnswer, err = p.askRegistrar(ctx, res); err != nil {
				return errors.Join(fmt.Errorf("lookup %s: %w", n, err), out.close())
			}
		}
		if err := out.print(l); err != nil {
			return err
		}
	}
	if err := out.close(); err != nil || asked == 0 || answered > 0 {
		return err
	}
	return fmt.Errorf("%w: nobody answered about any of %d names", errDegraded, asked)
}

// keepRaw keeps the bytes of an answer among the blobs.
func (p *probes) keepRaw(ctx context.Context, res registration.Result) error {
	if len(res.Raw) == 0 {
		return nil
	}
	_, err := p.blobs.Put(ctx, res.Raw)
	return err
}

// askRegistrar asks the registrar of a registered name; nil where the registry's
// record links to no answer of it.
func (p *probes) askRegistrar(ctx context.Context, res registration.Result) (*registrarAnswer, error) {
	got, err := p.registry.Registrar(ctx, res)
	if errors.Is(err, registration.ErrNoRegistrar) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := p.keepRaw(ctx, got); err != nil {
		return nil, err
	}
	r := &registrarAnswer{Outcome: got.Word(), Reason: got.Reason, Server: got.Server, Statuses: got.Registration.Statuses, AbuseEmail: got.Registration.AbuseEmail, RawSHA256: got.RawSHA256}
	if r.Statuses == nil {
		r.Statuses = []string{}
	}
	return r, nil
}

func lineOf(n tracker.Name, res registration.Result) lookupLine {
	r := res.Registration
	l := lookupLine{Name: n, Outcome: res.Word(), Reason: res.Reason, Source: res.Source, Server: res.Server, Registrar: r.Registrar, RegistrarID: r.RegistrarID,
		CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt), ExpiresAt: stamp(r.ExpiresAt), Statuses: r.Statuses, Nameservers: r.NS,
		AbuseEmail: r.AbuseEmail, RawSHA256: res.RawSHA256, DomainAsked: res.Name, DetailPeople: res.Detail}
	if l.Statuses == nil {
		l.Statuses = []string{}
	}
	if l.Nameservers == nil {
		l.Nameservers = []tracker.Name{}
	}
	return l
}

// stamp is an instant in RFC 3339, UTC; empty where it is not known.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// A captureLine is one line of `capture`.
type captureLine struct {
	Name        tracker.Name         `json:"name"`
	Outcome     tracker.Outcome      `json:"outcome"`
	Reason      tracker.Reason       `json:"reason,omitempty"`
	Class       tracker.Class        `json:"class"`
	ClassRule   string               `json:"class_rule,omitempty"`
	Cloaked     bool                 `json:"cloaked"`
	Status      int                  `json:"status"`
	FinalURL    string               `json:"final_url"`
	Hops        []captureHop         `json:"hops"`
	Fingerprint *tracker.Fingerprint `json:"fingerprint"`
	WARC        string               `json:"warc"`
	Capture     tracker.Digest       `json:"capture_sha256"`
}

type captureHop struct {
	Visitor string         `json:"visitor"`
	URL     string         `json:"url"`
	Addr    string         `json:"addr"`
	Status  int            `json:"status"`
	Body    tracker.Digest `json:"body_sha256,omitempty"`
	Err     string         `json:"error,omitempty"`
}

func (a *app) captureCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "capture NAME_OR_URL...",
		Short: "Look at sites as several visitors, and keep what was shown",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.capture(c.Context(), args)
		},
	}
}

func (a *app) capture(ctx context.Context, args []string) error {
	var targets []crawler.Target
	for _, s := range args {
		t, err := targetOf(s)
		if err != nil {
			return err
		}
		targets = append(targets, t)
	}
	p, err := a.openProbes(ctx)
	if err != nil {
		return err
	}
	out, err := newPrinter(a, "jsonl", []column[captureLine]{
		{name: "name", value: func(l captureLine) string { return string(l.Name) }, show: func(l captureLine) string { return l.Name.Defang() }},
		{name: "outcome", value: func(l captureLine) string { return l.Outcome.String() }},
		{name: "class", value: func(l captureLine) string { return string(l.Class) }},
		{name: "status", value: func(l captureLine) string { return strconv.Itoa(l.Status) }},
		{name: "final_url", value: func(l captureLine) string { return l.FinalURL }, show: func(l captureLine) string { return defangURL(l.FinalURL) }},
		{name: "cloaked", value: func(l captureLine) string { return strconv.FormatBool(l.Cloaked) }},
		{name: "capture_sha256", value: func(l captureLine) string { return string(l.Capture) }},
	})
	if err != nil {
		return err
	}
	for _, t := range targets {
		got, err := p.crawler.Capture(ctx, p.atWWW(ctx, t))
		if err != nil {
			return errors.Join(fmt.Errorf("capture %s: %w", t.Name, err), out.close())
		}
		raw, err := json.Marshal(got)
		if err != nil {
			return err
		}
		d, err := p.blobs.Put(ctx, raw)
		if err != nil {
			return err
		}
		if err := out.print(p.captureLine(got, d)); err != nil {
			return err
		}
	}
	return out.close()
}

// atWWW is t, starting at www where a registered name is known to have no address but
// there. That nobody answered about the name is no such knowledge.
func (p *probes) atWWW(ctx context.Context, t crawler.Target) crawler.Target {
	if t.URL != "" || t.Name != t.Name.Registrable() {
		return t
	}
	_, err := p.resolve(ctx, t.Name)
	if e, ok := errors.AsType[*resolver.LookupError](err); !ok || e.Absent || e.Reason != "" {
		return t
	}
	if addrs, err := p.resolve(ctx, "www."+t.Name); err == nil && len(addrs) > 0 {
		t.Host = "www." + string(t.Name)
	}
	return t
}

func (p *probes) captureLine(got tracker.Capture, d tracker.Digest) captureLine {
	l := captureLine{Name: got.Name, WARC: got.WARC, Capture: d, Hops: []captureHop{}}
	l.Outcome, l.Reason = reached(got)
	if l.Outcome == tracker.Present {
		web, fp := fingerprint.Web(got, p.body)
		l.Class, l.ClassRule, l.Cloaked, l.Status, l.FinalURL, l.Fingerprint = web.Class, web.ClassRule, web.Cloaked, web.Status, web.FinalURL, &fp
	}
	for _, v := range got.Visits {
		for _, h := range v.Hops {
			x := captureHop{Visitor: v.Visitor, URL: h.URL, Status: h.Status, Body: h.Body, Err: h.Err}
			if h.Addr.IsValid() {
				x.Addr = h.Addr.String()
			}
			l.Hops = append(l.Hops, x)
		}
	}
	return l
}

// targetOf reads a name or a URL, defanged or not.
func targetOf(s string) (crawler.Target, error) {
	if i := strings.Index(s, "://"); i >= 0 {
		scheme := strings.Replace(strings.ToLower(s[:i]), "hxxp", "http", 1)
		if scheme != "http" && scheme != "https" {
			return crawler.Target{}, usagef("capture: %s: want http or https", plain(s))
		}
		u, err := url.Parse(scheme + strings.NewReplacer("[.]", ".", "(.)", ".").Replace(s[i:]))
		if err != nil || u.Hostname() == "" {
			return crawler.Target{}, usagef("capture: %s is no URL", plain(s))
		}
		n, err := tracker.ParseName(u.Hostname())
		if err != nil {
			return crawler.Target{}, usagef("capture: %v", err)
		}
		return crawler.Target{Name: n, URL: u.String()}, nil
	}
	n, err := tracker.ParseName(refang(s))
	if err != nil {
		return crawler.Target{}, usagef("capture: %v", err)
	}
	return crawler.Target{Name: n}, nil
}

// defangURL makes a URL that nothing turns into a link.
func defangURL(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, path, _ := strings.Cut(rest, "/")
	return strings.Replace(scheme, "http", "hxxp", 1) + "://" + strings.ReplaceAll(host, ".", "[.]") + "/" + path
}

var _ io.Reader = (*os.File)(nil)
