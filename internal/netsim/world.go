package netsim

// The doc tags below become the descriptions in testdata/worlds/schema.json,
// and a test compares the two: a key is documented where it is declared.

// A World is a world file as read: a calendar of names and of the servers that
// speak about them. It is not changed after Load and is safe for concurrent use.
type World struct {
	Format     int                  `yaml:"world" doc:"Version of this format. Always 1." schema:"required"`
	Title      string               `yaml:"title" doc:"One line that names the world; printed by demo." schema:"required"`
	About      string               `yaml:"about" doc:"What happens in this world, for readers."`
	Sources    map[string]string    `yaml:"sources" doc:"Short names for what provenance entries refer to: 'sourced: KEY' means sources[KEY]."`
	Provenance Provenance           `yaml:"provenance" doc:"Where fields come from when a site does not say so itself. Keys are field names of a site, or 'others' for all remaining fields; values are 'invented' or 'sourced: KEY-OR-TEXT'." schema:"required"`
	Case       string               `yaml:"case" doc:"Path of the case file that this world plays, relative to the world file." schema:"required"`
	Calendar   Calendar             `yaml:"calendar" doc:"First and last night of the replay." schema:"required"`
	ScanHour   int                  `yaml:"scan_hour" doc:"Hour of the nightly scan, UTC, 1-23. Default 2."`
	Home       string               `yaml:"home" doc:"Two-letter country from which a visitor comes who names no exit. Default NL."`
	Exits      map[string]string    `yaml:"exits" doc:"SOCKS user name -> two-letter country of the exit. A user name that is itself a two-letter country code needs no entry."`
	RDAPScheme string               `yaml:"rdap_scheme" doc:"Scheme of the RDAP base URLs in the bootstrap: http (default) or https (then clients must trust the world's CA)." schema:"enum=http|https"`
	Anchors    anything             `yaml:"anchors" doc:"Ignored. A place for YAML anchors that sites refer to with *alias or <<."`
	Registrars map[string]Registrar `yaml:"registrars" doc:"Registrars by the key that sites use."`
	Hosts      map[string]Host      `yaml:"hosts" doc:"Web hosts by the key that sites use: shared addresses, a default page, the network they belong to."`
	Templates  map[string]string    `yaml:"templates" doc:"Single pages (Go text/template) by the key that pages use."`
	Themes     map[string]Theme     `yaml:"themes" doc:"Whole site designs by the key that sites use."`
	Articles   map[string]Article   `yaml:"articles" doc:"Articles by the key that sites list."`
	Suffixes   map[string]Suffix    `yaml:"suffixes" doc:"Suffixes (so, co.uk) that differ from the built-in behaviour of that suffix, or that are not in the IANA or Public Suffix List."`
	Sites      []Site               `yaml:"sites" doc:"Every name that is registered during the calendar. One name may appear twice if its two lives do not overlap." schema:"required"`
	Faults     []Fault              `yaml:"faults" doc:"What breaks, and when."`
	Expect     Expect               `yaml:"expect" doc:"What a good tracker should find. Read by tests and by the summary of the demo, never by the product; it changes no answer."`

	dir   string            // directory of the world file
	files map[string][]byte // every file that a page or favicon refers to, by the path written in the world
}

// A Calendar is the range of nights that a replay runs through, both included.
type Calendar struct {
	From Instant `yaml:"from" doc:"First night (a day)." schema:"required"`
	To   Instant `yaml:"to" doc:"Last night (a day), included." schema:"required"`
}

// A Registrar sponsors names. Its abuse contact appears in RDAP and WHOIS.
type Registrar struct {
	Name       string `yaml:"name" doc:"As printed in RDAP and WHOIS." schema:"required"`
	IANAID     int    `yaml:"iana_id" doc:"IANA registrar id; 0 leaves it out."`
	AbuseEmail string `yaml:"abuse_email" doc:"Abuse contact; empty leaves it out."`
	AbusePhone string `yaml:"abuse_phone" doc:"Abuse telephone; empty leaves it out."`
	URL        string `yaml:"url" doc:"Registrar URL printed in WHOIS."`
	WHOIS      string `yaml:"whois" doc:"Host name of the registrar's own WHOIS server, to which thin registries refer. Empty: it has none."`
	RDAP       string `yaml:"rdap" doc:"Host name of the registrar's own RDAP server, linked (rel=related) by registries. Default: rdap.KEY.example; none: it has none."`
}

// rdapHost is the registrar's own RDAP server, which ICANN's contract makes every
// registrar keep; "" for none. key is the registrar's in the world file.
func (r *Registrar) rdapHost(key string) string {
	switch r.RDAP {
	case "":
		return "rdap." + key + ".example"
	case "none":
		return ""
	}
	return r.RDAP
}

// A Host is a machine or a CDN on which sites live.
type Host struct {
	Addresses []string `yaml:"addresses" doc:"IPv4 and IPv6 addresses. Authors may choose from 198.19.128.0/18; others work too. Empty: one is chosen."`
	Org       string   `yaml:"org" doc:"Who owns the network, for readers."`
	ASN       int      `yaml:"asn" doc:"Number of the network, for readers."`
	Country   string   `yaml:"country" doc:"Two-letter country of the network, for readers."`
	CDN       bool     `yaml:"cdn" doc:"True when many unrelated sites share these addresses, for readers."`
	Web       *Web     `yaml:"web" doc:"What these addresses answer for a host name that no site has put there (default page). Without it: 404."`
	PTR       string   `yaml:"ptr" doc:"Reverse name of the addresses."`
}

// A Theme is a design that many sites share. Its pages are templates.
type Theme struct {
	About       string            `yaml:"about" doc:"For readers."`
	Vars        map[string]string `yaml:"vars" doc:"Defaults for the site's vars."`
	Headers     map[string]string `yaml:"headers" doc:"Response headers of every page."`
	Favicon     string            `yaml:"favicon" doc:"Default favicon, see Web."`
	Robots      string            `yaml:"robots" doc:"Default robots.txt, see Web."`
	Pages       map[string]Page   `yaml:"pages" doc:"Pages by path. The path '*' answers every other path."`
	Article     *Page             `yaml:"article" doc:"One page for each article of the site; .Article is set."`
	ArticlePath string            `yaml:"article_path" doc:"Path of an article page, a template. Default /{{.Article.Slug}}.html"`
}

// An Article is content that one or more sites publish.
type Article struct {
	Slug   string   `yaml:"slug" doc:"Last part of its address. Default: its key."`
	Title  string   `yaml:"title" doc:"Headline." schema:"required"`
	Lang   string   `yaml:"lang" doc:"Language code."`
	Author string   `yaml:"author" doc:"By-line."`
	Date   Instant  `yaml:"date" doc:"Day of publication: before it, no site shows the article. Empty: always shown."`
	Text   string   `yaml:"text" doc:"Paragraphs, divided by empty lines." schema:"required"`
	Links  []string `yaml:"links" doc:"Outbound links printed below the text."`
}

// A Suffix says how a registry differs from the built-in behaviour.
type Suffix struct {
	RDAP     string    `yaml:"rdap" doc:"bootstrap: has RDAP and is in the IANA bootstrap. unlisted: has RDAP, but only those who know the server find it. none." schema:"enum=bootstrap|unlisted|none"`
	RDAPHost string    `yaml:"rdap_host" doc:"Host name of its RDAP server. Default rdap.nic.SUFFIX"`
	RDAPPath string    `yaml:"rdap_path" doc:"Base path of its RDAP server. Default /"`
	WHOIS    string    `yaml:"whois" doc:"Host name of its WHOIS server, or none. Default whois.nic.SUFFIX"`
	Format   string    `yaml:"format" doc:"How its WHOIS server prints a record." schema:"enum=generic|verisign|denic|afnic|nominet|tcinet|dnsbe|nicit"`
	Free     string    `yaml:"free" doc:"What its WHOIS server prints for a name that is not registered; {name} and {NAME} are replaced."`
	Thin     *bool     `yaml:"thin" doc:"True: the registry knows no registrant and refers to the registrar."`
	Redacted *bool     `yaml:"redacted" doc:"True: registrant data is withheld. Default true."`
	Wildcard *Wildcard `yaml:"wildcard" doc:"Makes the registry answer every unregistered name."`
	Throttle *Throttle `yaml:"throttle" doc:"Limit of its WHOIS and RDAP servers, by wall clock."`
}

// A Wildcard is what a wildcard zone answers for names nobody registered.
type Wildcard struct {
	Host      string   `yaml:"host" doc:"Key of the host whose addresses are the answer."`
	Addresses []string `yaml:"addresses" doc:"Addresses that are the answer."`
	Records   []string `yaml:"records" doc:"More records of the wildcard, without owner: 'MX 10 mail.example.'"`
	TTL       int      `yaml:"ttl" doc:"Seconds. Default 300."`
}

// A Throttle is a limit on questions to one registration server.
type Throttle struct {
	After int      `yaml:"after" doc:"Questions answered in each period before it refuses." schema:"required"`
	Per   Duration `yaml:"per" doc:"The period. Default 1m."`
	Text  string   `yaml:"text" doc:"WHOIS answer beyond the limit. Default 'WHOIS LIMIT EXCEEDED'; RDAP answers 429 with Retry-After."`
}

// A Site is one life of one registered name.
type Site struct {
	Name           string     `yaml:"name" doc:"Registered domain, lower case, A-labels for IDN." schema:"required"`
	Note           string     `yaml:"note" doc:"Why it is in this world, for readers."`
	Provenance     Provenance `yaml:"provenance" doc:"As above, for this site; its keys win."`
	Registered     Instant    `yaml:"registered" doc:"Day (or instant) of registration." schema:"required"`
	RegisteredTime TimeOfDay  `yaml:"registered_time" doc:"Time of day of the registration, UTC, when 'registered' is a sourced day and the hour is invented. Default 12:00."`
	RegisteredAlt  Instant    `yaml:"registered_alt" doc:"Another day that another source gives. It changes no answer."`
	Dropped        Instant    `yaml:"dropped" doc:"When the name becomes free again. Empty: never."`
	State          `yaml:",inline"`
	Timeline       []Phase `yaml:"timeline" doc:"What changes later, in order of time. A phase changes only the fields it names."`
}

// A Phase changes the state of a site from an instant on.
type Phase struct {
	From  Instant `yaml:"from" doc:"Day (00:00 UTC) or instant from which this holds." schema:"required"`
	Note  string  `yaml:"note" doc:"For readers."`
	State `yaml:",inline"`
}

// A State is everything about a site that may change with time. In a phase, a
// field that is absent keeps its value; a list that is present replaces the old
// one, and [] empties it.
type State struct {
	Registrar   string               `yaml:"registrar" doc:"Key of the registrar."`
	Statuses    []string             `yaml:"statuses" doc:"Status words in RDAP's spelling (RFC 8056), such as 'client transfer prohibited'. 'client hold' and 'server hold' take the name out of the zone, as they do in reality. Default: active."`
	Expires     Instant              `yaml:"expires" doc:"End of the term. Default: registration plus a year, renewed each year."`
	Updated     Instant              `yaml:"updated" doc:"Last change of the registration. Default: start of the latest phase that names a registration field."`
	Registrant  *Registrant          `yaml:"registrant" doc:"Who holds the name; shown unless redacted."`
	Nameservers []string             `yaml:"nameservers" doc:"Delegation at the suffix. [] registers without delegating. Default: ns1 and ns2.dns.REGISTRAR-KEY.example."`
	Host        string               `yaml:"host" doc:"Key of the host whose addresses the name and www answer."`
	Addresses   []string             `yaml:"addresses" doc:"Addresses of the name and of www, instead of a host. [] for none. Default: one of its own if there is a web, else none."`
	TTL         int                  `yaml:"ttl" doc:"Seconds, for address records. Default 300."`
	Records     []string             `yaml:"records" doc:"More records of the zone in zone-file form, owners relative to the name: '@ MX 10 mx.example.', '* A 198.19.128.9', 'shop CNAME www'. An owner named here with A, AAAA or CNAME loses its default addresses."`
	Web         *Web                 `yaml:"web" doc:"What its web server says. A later phase replaces it as a whole."`
	Certificate *Certificate         `yaml:"certificate" doc:"What its web server shows in TLS. Default: own name and www, own key, issued by the world's CA for 90 days."`
	Subdomains  map[string]Subdomain `yaml:"subdomains" doc:"Host names below the name that have a web of their own."`
}

// A Subdomain is a host name below a site with a web of its own.
type Subdomain struct {
	Host      string   `yaml:"host" doc:"Key of its host. Default: that of the site."`
	Addresses []string `yaml:"addresses" doc:"Its addresses, instead of a host."`
	Web       *Web     `yaml:"web" doc:"What it serves." schema:"required"`
}

// A Registrant is who a registry says holds a name.
type Registrant struct {
	Name     string `yaml:"name" doc:"Person."`
	Org      string `yaml:"org" doc:"Organisation."`
	Email    string `yaml:"email" doc:"E-mail address."`
	Phone    string `yaml:"phone" doc:"Telephone."`
	Country  string `yaml:"country" doc:"Two-letter country; shown even when the rest is redacted."`
	Redacted *bool  `yaml:"redacted" doc:"Overrides the suffix: true withholds, false shows."`
}

// A Web is what a web server says for one site.
type Web struct {
	Theme    string            `yaml:"theme" doc:"Key of the design."`
	Vars     map[string]string `yaml:"vars" doc:"Values for the templates: title, lang, tracker ids and so on, as the theme asks."`
	Articles []string          `yaml:"articles" doc:"Keys of the articles that it publishes, newest first."`
	Pages    map[string]Page   `yaml:"pages" doc:"Pages by path, on top of the theme's. '*' answers every other path."`
	Redirect string            `yaml:"redirect" doc:"Sends every path of the site there; {path} is replaced by path and query."`
	Status   int               `yaml:"status" doc:"Status of that redirect. Default 301."`
	Favicon  string            `yaml:"favicon" doc:"'seed:WORD' draws a 16x16 icon that depends only on the word; 'file:PATH' is a file beside the world; none. Default: the theme's, else none."`
	Robots   string            `yaml:"robots" doc:"Body of /robots.txt. Empty: the theme's, else 404."`
	Headers  map[string]string `yaml:"headers" doc:"Response headers of every page; they win over the theme's."`
	HTTP     string            `yaml:"http" doc:"Port 80: serve (default), redirect (to https), refused." schema:"enum=serve|redirect|refused"`
	HTTPS    string            `yaml:"https" doc:"Port 443: serve (default), refused, reset." schema:"enum=serve|refused|reset"`
	Down     string            `yaml:"down" doc:"The whole web server: refused, reset (after the request), timeout (accepts and says nothing)." schema:"enum=refused|reset|timeout"`
	Delay    Duration          `yaml:"delay" doc:"Wait before each answer, by wall clock."`
	Visitors []Visitor         `yaml:"visitors" doc:"Cloaking: the first rule that fits the visitor replaces the whole answer."`
}

// A Page is one answer of a web server.
type Page struct {
	HTML      string            `yaml:"html" doc:"Body, a Go text/template, sent as text/html."`
	Text      string            `yaml:"text" doc:"Body, a Go text/template, sent as text/plain unless 'type' says otherwise."`
	File      string            `yaml:"file" doc:"File beside the world, sent as it is."`
	Template  string            `yaml:"template" doc:"Key of a template."`
	Vars      map[string]string `yaml:"vars" doc:"Values for this page alone, on top of the site's."`
	Type      string            `yaml:"type" doc:"Content-Type. Default by kind of body or by the ending of the file."`
	Status    int               `yaml:"status" doc:"HTTP status. Default 200, or 302 with 'redirect', or 403 with 'challenge'."`
	Headers   map[string]string `yaml:"headers" doc:"More response headers."`
	Redirect  string            `yaml:"redirect" doc:"Location; {path} is replaced by path and query."`
	Challenge string            `yaml:"challenge" doc:"A bot challenge in the manner of: cloudflare, vercel, captcha (the last without a telling header)." schema:"enum=cloudflare|vercel|captcha"`
	Delay     Duration          `yaml:"delay" doc:"Wait before this answer, by wall clock."`
	Pad       int64             `yaml:"pad" doc:"Bytes of filler after the body, to test limits."`

	raw bool // the body is no template
}

// A Visitor is a cloaking rule.
type Visitor struct {
	When When `yaml:"when" doc:"All conditions that are given must hold." schema:"required"`
	Web  *Web `yaml:"web" doc:"What such a visitor gets instead; it has no visitors of its own." schema:"required"`
}

// When are conditions on one web request. At least one must be given.
type When struct {
	UserAgent  string   `yaml:"user_agent" doc:"Regular expression (RE2) that the User-Agent matches."`
	Referer    string   `yaml:"referer" doc:"Regular expression that the Referer matches; '^$' fits a visitor without one."`
	Path       string   `yaml:"path" doc:"Regular expression that the path matches."`
	Country    []string `yaml:"country" doc:"The exit is in one of these countries."`
	NotCountry []string `yaml:"not_country" doc:"The exit is in none of these countries."`
	First      *bool    `yaml:"first" doc:"true: no earlier request from this exit to this site at this instant of the world; false: there was one."`
}

// A Certificate is what a web server shows in TLS.
type Certificate struct {
	Names  []string `yaml:"names" doc:"Subject alternative names. Default: the name and www."`
	Key    string   `yaml:"key" doc:"Sites with the same word have the same key (SPKI). Default: a key of its own."`
	Issuer string   `yaml:"issuer" doc:"'self' signs it with its own key; any other word is the name of an intermediate CA below the world's CA. Default R10."`
	From   Instant  `yaml:"from" doc:"Start of validity. Default: renewed every 60 days from registration."`
	Until  Instant  `yaml:"until" doc:"End of validity. Default: 90 days after its start."`
}

// A Fault is something that breaks for a while. Of the selectors (names,
// suffixes, servers) at least one must fit; without any, it hits everything.
type Fault struct {
	Kind      string   `yaml:"kind" doc:"What happens; see docs/world.md for each." schema:"required,enum=servfail|refused|timeout|lame|slow|truncate|lie|nxdomain|rdap-429|rdap-503|rdap-html|rdap-timeout|whois-empty|whois-limit|whois-reset|web-refused|web-reset|web-timeout|web-503"`
	At        string   `yaml:"at" doc:"For DNS kinds: resolver, authority, or both (default). A resolver cannot hide what an authority does." schema:"enum=resolver|authority|both"`
	Names     []string `yaml:"names" doc:"Registered domains that it hits."`
	Suffixes  []string `yaml:"suffixes" doc:"Suffixes that it hits."`
	Servers   []string `yaml:"servers" doc:"Host names of servers that it hits (name servers, RDAP, WHOIS)."`
	From      Instant  `yaml:"from" doc:"Start: a day (00:00 UTC) or an instant. Empty: always."`
	To        Instant  `yaml:"to" doc:"End: a day (included) or an instant (excluded). Empty: for ever."`
	Share     float64  `yaml:"share" doc:"Part of the names that it hits, 0-1, chosen by hash and the same in every run. Default 1."`
	Times     int      `yaml:"times" doc:"Only the first so many questions about each name. Default 0: all of them."`
	Delay     Duration `yaml:"delay" doc:"For slow. Default 1s."`
	Addresses []string `yaml:"addresses" doc:"For lie: the false answer."`
	Note      string   `yaml:"note" doc:"For readers."`
}

// Expect is what a good tracker should make of this world.
type Expect struct {
	Replacements []ExpectedReplacement `yaml:"replacements" doc:"True replacements that can be found."`
	OutOfReach   []ExpectedMiss        `yaml:"out_of_reach" doc:"True replacements that cannot be found, with the reason."`
	Innocents    []ExpectedInnocent    `yaml:"innocents" doc:"Names that must raise no replacement alert."`
	Unreported   []ExpectedInnocent    `yaml:"unreported" doc:"Names that nothing reveals and that must stay unreported."`
}

// An ExpectedReplacement is a link that should be found.
type ExpectedReplacement struct {
	Name        string  `yaml:"name" doc:"The new name; a site of this world." schema:"required"`
	Replaces    string  `yaml:"replaces" doc:"The name it stands for." schema:"required"`
	Band        string  `yaml:"band" doc:"Band it should reach." schema:"enum=confirmed|probable|possible"`
	How         string  `yaml:"how" doc:"What leads to it." schema:"enum=label|redirect|certificate|link|identifier|content"`
	PreExisting bool    `yaml:"pre_existing" doc:"Registered before the first night: expected as a twin, without a replacement alert."`
	From        Instant `yaml:"from" doc:"First night on which it can be found. Default: the first night after its registration."`
	Note        string  `yaml:"note" doc:"For readers."`
}

// An ExpectedMiss is a true replacement that no rule of the program reaches.
type ExpectedMiss struct {
	Name          string  `yaml:"name" doc:"The new name; it need not be a site of this world." schema:"required"`
	Replaces      string  `yaml:"replaces" doc:"The name it stands for." schema:"required"`
	Reason        string  `yaml:"reason" doc:"Why it is out of reach; printed." schema:"required"`
	Registered    Instant `yaml:"registered" doc:"Day of registration, if known."`
	RegisteredAlt Instant `yaml:"registered_alt" doc:"Another day that another source gives."`
}

// An ExpectedInnocent is a name that must not be reported as a replacement.
type ExpectedInnocent struct {
	Name string `yaml:"name" doc:"The name; a site of this world, a suffix, or a name under a wildcard suffix." schema:"required"`
	Kind string `yaml:"kind" doc:"Why it is innocent." schema:"required,enum=same-label|parked|outlet|prank|other-owner|similar|wildcard|hidden|other"`
	Why  string `yaml:"why" doc:"For readers."`
}
