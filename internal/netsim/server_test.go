package netsim

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/proxy"
)

func start(t testing.TB, w *World, at string) *Server {
	t.Helper()
	in, err := ParseInstant(at)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), w, Options{At: in.Time, Exits: map[string]string{"DE": "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func move(t testing.TB, s *Server, at string) {
	t.Helper()
	in, err := ParseInstant(at)
	if err != nil {
		t.Fatal(err)
	}
	s.SetNow(in.Time)
}

func ask(t testing.TB, s *Server, network, name string, qtype uint16) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.SetEdns0(1232, false)
	c := &dns.Client{Net: network, Timeout: time.Minute}
	r, _, err := c.Exchange(m, s.DNSAddr().String())
	if err != nil {
		t.Fatalf("%s %s: %v", name, dns.TypeToString[qtype], err)
	}
	return r
}

func via(t testing.TB, addr net.Addr, auth *proxy.Auth) *http.Client {
	t.Helper()
	d, err := proxy.SOCKS5("tcp", addr.String(), auth, proxy.Direct)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: d.(proxy.ContextDialer).DialContext, DisableKeepAlives: true},
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func get(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

func TestTheSmallestWorldOnLoopback(t *testing.T) {
	s := start(t, parse(t, smallest(t)), "2024-03-02T02:00:00Z")
	for _, network := range []string{"udp", "tcp"} {
		r := ask(t, s, network, "OldNews.info", dns.TypeNS)
		if r.Rcode != 0 || len(r.Answer) != 2 || !r.RecursionAvailable {
			t.Errorf("%s: %v", network, r)
		}
		r = ask(t, s, network, "oldnews.cc", dns.TypeNS)
		if r.Rcode != dns.RcodeNameError || r.Ns[0].Header().Name != "cc." {
			t.Errorf("%s: not registered yet: %v", network, r)
		}
	}
	web := via(t, s.SOCKSAddr(), nil)
	if r, body := get(t, web, "http://oldnews.info/"); r.StatusCode != 200 || !strings.Contains(body, "Old News") {
		t.Errorf("%v %s", r, body)
	}
	move(t, s, "2024-03-05T02:00:00Z")
	if r := ask(t, s, "udp", "oldnews.info", dns.TypeNS); r.Answer[0].(*dns.NS).Ns != "ns1.fbi.seized.gov." {
		t.Errorf("seized: %v", r)
	}
	if r := ask(t, s, "udp", "ns1.fbi.seized.gov", dns.TypeA); len(r.Answer) != 1 {
		t.Errorf("implied name server: %v", r)
	}
	if r := ask(t, s, "udp", "oldnews.cc", dns.TypeA); len(r.Answer) != 1 {
		t.Errorf("registered: %v", r)
	}
	if _, body := get(t, web, "http://oldnews.info/any/path"); !strings.Contains(body, "has been seized") {
		t.Errorf("banner: %s", body)
	}
	if r, body := get(t, web, "http://rdap.identitydigital.services/rdap/domain/oldnews.info"); r.StatusCode != 200 || !strings.Contains(body, `"2021-05-01T12:00:00Z"`) {
		t.Errorf("%v %s", r.Status, body)
	}
	if r, body := get(t, web, "http://tld-rdap.verisign.com/cc/v1/domain/nothing.cc"); r.StatusCode != 404 {
		t.Errorf("%v %s", r.Status, body)
	}
	if got := whois(t, s, "whois.nic.info:43", "oldnews.info"); !strings.Contains(got, "Creation Date: 2021-05-01T12:00:00Z") {
		t.Error(got)
	}
}

func whois(t testing.TB, s *Server, server, query string) string {
	t.Helper()
	d, err := proxy.SOCKS5("tcp", s.SOCKSAddr().String(), nil, proxy.Direct)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Dial("tcp", server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, query+"\r\n")
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
