package registration

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openrdap/rdap"

	"respawn/tracker"
)

const (
	maxRDAP      = 1 << 20 // bytes of one RDAP answer
	maxRedirects = 5
)

// httpClient makes the client that RDAP and the bootstrap are fetched with. It
// takes no proxy from the environment, keeps no cookies, and bounds bodies.
func httpClient(dial DialFunc, roots *x509.CertPool, timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &boundedTransport{&http.Transport{
			DialContext:            func(ctx context.Context, network, addr string) (net.Conn, error) { return dial(ctx, network, addr) },
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost:    8, // as many as ask at once where nothing paces them; else one
			IdleConnTimeout:        30 * time.Second,
			TLSHandshakeTimeout:    timeout,
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: 64 << 10,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) >= maxRedirects {
				return errors.New("too many redirects")
			}
			if req.URL.Scheme != "https" && req.URL.Scheme != "http" {
				return fmt.Errorf("redirect to scheme %q", req.URL.Scheme)
			}
			return nil
		},
	}
}

// boundedTransport cuts bodies at maxRDAP, after decompression.
type boundedTransport struct{ next *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t *boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxRDAP+1), resp.Body}
	}
	return resp, err
}

// askRDAP asks one RDAP server about domain.
func (c *Client) askRDAP(ctx context.Context, s source, domain tracker.Name) (Result, Feedback) {
	base, err := url.Parse(s.server)
	if err != nil {
		return unknown(tracker.ReasonNoService, err.Error()), Feedback{Kind: Unasked}
	}
	client := &rdap.Client{HTTP: c.http, UserAgent: c.cfg.UserAgent}
	req := (&rdap.Request{Type: rdap.DomainRequest, Query: string(domain), Server: base}).WithContext(ctx)
	resp, err := doRDAP(client, req)
	if resp == nil || len(resp.HTTP) == 0 || resp.HTTP[0].Response == nil {
		if err == nil || resp != nil && len(resp.HTTP) > 0 && resp.HTTP[0].Error != nil {
			err = resp.HTTP[0].Error
		}
		reason, f := c.reasonOf(err)
		return unknown(reason, err.Error()), f
	}
	h := resp.HTTP[0]
	r, f := c.readRDAP(base, domain, h.Response, h.Body, resp.Object)
	r.Raw = h.Body
	return r, f
}

// doRDAP runs the library under recover: it decodes foreign bytes by reflection.
func doRDAP(client *rdap.Client, req *rdap.Request) (resp *rdap.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("registration: the RDAP library failed: %v", p)
		}
	}()
	return client.Do(req)
}

// readRDAP decides what one HTTP answer means.
func (c *Client) readRDAP(base *url.URL, domain tracker.Name, h *http.Response, body []byte, object rdap.RDAPObject) (Result, Feedback) {
	status := h.StatusCode
	served := Feedback{Kind: Served}
	kind := strings.ToLower(h.Header.Get("Content-Type"))
	page := strings.Contains(kind, "html") || htmlWords.Match(body[:min(len(body), 512)])
	redirected := h.Request != nil && h.Request.URL != nil && !strings.EqualFold(h.Request.URL.Hostname(), base.Hostname())
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return unknown(tracker.ReasonThrottled, h.Status), Feedback{Kind: Pressed, RetryAfter: retryAfter(h.Header, c.cfg.Now())}
	case status == http.StatusForbidden:
		return unknown(tracker.ReasonThrottled, h.Status), Feedback{Kind: Pressed, RetryAfter: retryAfter(h.Header, c.cfg.Now())}
	case len(body) > maxRDAP:
		return unknown(tracker.ReasonBadAnswer, "the answer is longer than 1 MiB"), served
	case status >= 500:
		return unknown(tracker.ReasonBadAnswer, h.Status), Feedback{Kind: Broken}
	case page:
		return unknown(tracker.ReasonUnparsed, fmt.Sprintf("a web page with status %d", status)), served
	case status == http.StatusNotFound && redirected:
		return unknown(tracker.ReasonNotTrusted, "a redirector led to "+h.Request.URL.Hostname()+", which knows nothing"), served
	case status == http.StatusNotFound:
		return notFound(body, domain), served
	case status < 200 || status > 299:
		return unknown(tracker.ReasonBadAnswer, h.Status), served
	case len(bytes.TrimSpace(body)) == 0:
		return unknown(tracker.ReasonThrottled, "empty answer with status 200"), Feedback{Kind: Pressed}
	}
	switch o := object.(type) {
	case *rdap.Domain:
		return c.readDomain(o, domain), served
	case *rdap.Error:
		if o.ErrorCode != nil && (*o.ErrorCode == 429 || *o.ErrorCode == 503) {
			return unknown(tracker.ReasonThrottled, o.Title), Feedback{Kind: Pressed}
		}
		return unknown(tracker.ReasonUnparsed, "an error object with status 200: "+clip(o.Title)), served
	}
	return unknown(tracker.ReasonUnparsed, "no RDAP domain object"), served
}

// notFound judges a 404: RFC 7480 lets its body be empty; a body that speaks of
// limits, reservations or anything but absence makes it Unknown.
func notFound(body []byte, domain tracker.Name) Result {
	if len(bytes.TrimSpace(body)) == 0 {
		return Result{Outcome: tracker.Absent, Detail: "404"}
	}
	var e struct {
		ErrorCode   json.Number `json:"errorCode"`
		Title       string      `json:"title"`
		Description any         `json:"description"`
		Notices     []struct {
			Title       string   `json:"title"`
			Type        string   `json:"type"`
			Description []string `json:"description"`
		} `json:"notices"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return unknown(tracker.ReasonUnparsed, "404 with a body that is no RDAP")
	}
	if code := e.ErrorCode.String(); code != "" && code != "404" && code != "0" {
		return unknown(tracker.ReasonUnparsed, "404 with error code "+clip(code))
	}
	text := e.Title + "\n\n" + fmt.Sprint(e.Description)
	if d, ok := e.Description.([]any); ok {
		text = e.Title
		for _, line := range d {
			text += "\n\n" + fmt.Sprint(line)
		}
	}
	s := sentences(text, domain)
	if line := s.throttled(); line != "" {
		return unknown(tracker.ReasonThrottled, "404: "+clip(line))
	}
	if line := s.refused(); line != "" {
		return unknown(refusal(line), "404, not to be had: "+clip(line))
	}
	return Result{Outcome: tracker.Absent, Detail: "404 " + clip(e.Title)}
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3): seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return min(time.Duration(n), 24*3600) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// readDomain turns an RDAP domain object into a Registration.
func (c *Client) readDomain(d *rdap.Domain, domain tracker.Name) Result {
	if n, err := tracker.ParseName(d.LDHName); err != nil || n != domain {
		if u, err := tracker.ParseName(d.UnicodeName); err != nil || u != domain {
			return unknown(tracker.ReasonBadAnswer, fmt.Sprintf("an answer about another name: %.60q", d.LDHName+d.UnicodeName))
		}
	}
	reg := tracker.Registration{Source: "rdap", Handle: d.Handle}
	for _, e := range d.Events {
		t, ok := parseDate("", e.Date, "")
		if !ok {
			continue
		}
		switch strings.ToLower(strings.TrimSpace(e.Action)) {
		case "registration":
			// A re-registered name may carry both events; the latest begins this life.
			if reg.CreatedAt.Before(t) {
				reg.CreatedAt = t
			}
		case "reregistration":
			if reg.CreatedAt.Before(t) {
				reg.CreatedAt = t
			}
		case "expiration":
			reg.ExpiresAt = t
		case "last changed":
			reg.UpdatedAt = t
		}
	}
	reg.Statuses = statuses(d.Status)
	for _, ns := range d.Nameservers {
		if n, err := tracker.ParseName(ns.LDHName); err == nil && len(reg.NS) < 32 {
			reg.NS = append(reg.NS, n)
		}
	}
	contacts := make(map[string]string)
	entities(&reg, contacts, d.Entities, false, 0)
	state := judgeStates(d.Status)
	if state == stateAbsent || state == stateRefused {
		return unknown(refusal(d.Status...), "not to be had: "+clip(strings.Join(d.Status, ", ")))
	}
	if reg.Registrar == "" && reg.CreatedAt.IsZero() && reg.ExpiresAt.IsZero() && (len(reg.NS) == 0 || len(d.Status) == 0) {
		return unknown(tracker.ReasonUnparsed, "a domain object without registrar, dates or name servers")
	}
	reg.Registrant = hashContacts(c.cfg.Salt, registrants(&reg, contacts))
	return Result{Outcome: tracker.Present, Detail: "record", Registration: reg, Contacts: contacts, Related: related(d.Links), Thin: !hasRegistrant(d.Entities)}
}

func hasRegistrant(list []rdap.Entity) bool {
	return slices.ContainsFunc(list, func(e rdap.Entity) bool {
		return slices.ContainsFunc(e.Roles, func(role string) bool { return strings.EqualFold(role, "registrant") })
	})
}

// related is the link to the registrar's answer. A registry's links to itself and
// to pages for people are none.
func related(links []rdap.Link) string {
	for _, l := range links {
		if strings.EqualFold(l.Rel, "related") && strings.Contains(strings.ToLower(l.Type), "rdap+json") && len(l.Href) < 2048 {
			return l.Href
		}
	}
	return ""
}

// entities walks the contacts of a domain. The abuse desk stands in an entity of
// its own or, as ICANN's profile wants it, within that of the registrar.
func entities(reg *tracker.Registration, contacts map[string]string, list []rdap.Entity, inRegistrar bool, depth int) {
	if depth > 4 || len(list) > 100 {
		return
	}
	for i := range list {
		e := &list[i]
		registrar := false
		for _, role := range e.Roles {
			switch strings.ToLower(role) {
			case "registrar":
				registrar = true
				if reg.Registrar == "" {
					reg.Registrar = first(card(e, "fn"), card(e, "org"), e.Handle)
				}
				for _, id := range e.PublicIDs {
					if strings.Contains(strings.ToLower(id.Type), "iana") && reg.RegistrarID == "" {
						reg.RegistrarID = id.Identifier
					}
				}
			case "abuse":
				if reg.AbuseEmail == "" || inRegistrar && reg.AbusePhone == "" {
					reg.AbuseEmail = first(reg.AbuseEmail, strings.ToLower(reEmail.FindString(card(e, "email"))))
					reg.AbusePhone = first(reg.AbusePhone, strings.TrimPrefix(card(e, "tel"), "tel:"))
				}
			case "registrant":
				for field, prop := range map[string]string{"name": "fn", "org": "org", "email": "email", "phone": "tel"} {
					if v := card(e, prop); v != "" {
						contacts[field] = strings.TrimPrefix(v, "tel:")
					}
				}
				if e.VCard != nil && reg.Country == "" {
					reg.Country = strings.ToUpper(first(country(e.VCard), e.VCard.Country()))
				}
			}
		}
		entities(reg, contacts, e.Entities, registrar || inRegistrar, depth+1)
	}
}

// country reads the cc parameter of the address, which ICANN's profile uses.
func country(v *rdap.VCard) string {
	if p := v.GetFirst("adr"); p != nil {
		if cc := p.Parameters["cc"]; len(cc) > 0 {
			return cc[0]
		}
	}
	return ""
}

// card is the first value of one vCard property.
func card(e *rdap.Entity, property string) string {
	if e.VCard == nil {
		return ""
	}
	if p := e.VCard.GetFirst(property); p != nil {
		return strings.TrimSpace(strings.Join(p.Values(), " "))
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
