package fingerprint

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"respawn/tracker"
)

// The kinds of identifiers, and what their canonical value is.
const (
	KindGA           = "ga-ua"         // UA-ACCOUNT, without the property: links are by account
	KindGA4          = "ga4"           // G-XXXXXXXXXX
	KindGoogleTag    = "google-tag"    // GT-XXXXXXX
	KindGoogleAds    = "google-ads"    // AW-123456789
	KindFloodlight   = "floodlight"    // DC-1234567
	KindGTM          = "gtm"           // GTM-XXXXXX
	KindAdSense      = "adsense"       // pub-1234567890123456
	KindAdSenseHouse = "adsense-house" // the same of who sells the site's advertising
	KindMetrika      = "metrika"       // 5 to 9 digits
	KindFBPixel      = "fb-pixel"      // digits
	KindMatomo       = "matomo"        // tracker host/site id
	KindMatomoHost   = "tracking-host" // the tracker's host, where it is not the vendor's cloud
	KindVK           = "vk-rtrg"       // VK-RTRG-n-xxxxx
	KindTikTok       = "tiktok"        // of the pixel
	KindTopMail      = "topmailru"     // digits
	KindCFBeacon     = "cf-beacon"     // 32 hex digits
	KindHotjar       = "hotjar"
	KindClarity      = "clarity"
	KindDisqus       = "disqus"
	KindOneSignal    = "onesignal" // UUID
	KindGoogleSite   = "google-site-verification"
	KindYandexSite   = "yandex-verification"
	KindMSSite       = "msvalidate"
	KindFBSite       = "facebook-domain-verification"
	KindPinterest    = "pinterest-verification"
	KindFBApp        = "fb-app"
	KindFBPages      = "fb-pages"
	KindWPSite       = "wp-site"     // name|description of wp-json
	KindUmami        = "umami"       // website id, UUID
	KindPlausible    = "plausible"   // a domain or roll-up that is not the site's own
	KindFathom       = "fathom"      // eight letters
	KindGoatCounter  = "goatcounter" // the counter's label below goatcounter.com
	KindHistats      = "histats"     // digits
	KindStatCounter  = "statcounter" // digits
	KindTop100       = "top100"      // Rambler's, digits
	KindGemius       = "gemius"      // script identifier
	KindPiwikPro     = "piwik-pro"   // container, UUID
	KindJetpack      = "jetpack"     // WordPress.com's number of the blog
	KindXPixel       = "x-pixel"
	KindLinkedInTag  = "linkedin-tag"  // partner, digits
	KindSnapPixel    = "snap-pixel"    // UUID
	KindPinterestTag = "pinterest-tag" // digits
	KindRedditPixel  = "reddit-pixel"
	KindUET          = "bing-uet"    // digits
	KindYandexRTB    = "yandex-rtb"  // R-A-PAGE, without the block
	KindTaboola      = "taboola"     // publisher
	KindQuantcast    = "quantcast"   // p-xxxxxxxxxxxxx
	KindChartbeat    = "chartbeat"   // digits
	KindComscore     = "comscore"    // c2, digits
	KindCaptcha      = "captcha-key" // reCAPTCHA, hCaptcha or Turnstile site key
	KindSentry       = "sentry"      // public key of the DSN
	KindGoogleKey    = "google-api-key"
	KindGoogleCSE    = "google-cse"     // search engine id
	KindTawk         = "tawk"           // property, 24 hex digits
	KindCrisp        = "crisp"          // website, UUID
	KindJivo         = "jivo"           // widget
	KindMailchimp    = "mailchimp"      // account, hex digits
	KindPayPalButton = "paypal-button"  // hosted button
	KindScriptHost   = "script-host"    // registrable domain that serves a script of the page, of no vendor
	KindBTC          = "btc"            // address as written, checksum verified
	KindETH          = "eth"            // EIP-55 form
	KindTRON         = "tron"           // address
	KindXMR          = "xmr"            // address
	KindFavicon      = "favicon-mmh3"   // signed decimal, Shodan's convention
	KindFaviconSum   = "favicon-sha256" // of the bytes
	KindFaviconLook  = "favicon-phash"  // 16 hex digits; not for flat images
	KindFaviconETag  = "favicon-etag"   // strong ETag|Last-Modified of the icon
	KindStylesheet   = "stylesheet"     // SHA-256 of a style sheet of the site's own
	KindLogo         = "logo-sha256"    // of the bytes
	KindLogoLook     = "logo-phash"     // 16 hex digits; not for flat images
	KindSPKI         = "spki"           // SHA-256 of the certificate's key
	KindCert         = "certificate"    // SHA-256 of the leaf
	KindHostKey      = "host-key"       // SHA-256 of the key of a certificate that does not name the site
	KindHHHash       = "hhhash"         // hhh:1:sha256 of header names of the first response
	KindEmail        = "email"          // lower case
	KindTelegram     = "telegram"       // handle, lower case, without @
	KindVKPage       = "vk"
	KindX            = "x"
	KindFacebook     = "facebook"
	KindInstagram    = "instagram"
	KindYouTube      = "youtube"
	KindTikTokPage   = "tiktok-page"
	KindOK           = "ok" // odnoklassniki
	KindPhone        = "phone"
	KindPatreon      = "patreon"
	KindKoFi         = "ko-fi"
	KindBuyMeACoffee = "buymeacoffee"
	KindBoosty       = "boosty"
	KindPayPal       = "paypal" // paypal.me
	KindRumble       = "rumble"
	KindOdysee       = "odysee"
	KindBitChute     = "bitchute"
	KindDiscord      = "discord" // invitation, as written
	KindBluesky      = "bluesky"
	KindLinktree     = "linktree"
	KindWhatsApp     = "whatsapp-channel" // as written
	KindThreads      = "threads"
	KindTruthSocial  = "truthsocial"
	KindGab          = "gab"
)

// notIDs are values of vendors' documentation and of placeholders.
var notIDs = map[string]bool{
	"UA-XXXXX": true, "UA-00000": true, "UA-000000": true, "UA-0000000": true, "UA-00000000": true, "UA-12345": true, "UA-123456": true,
	"UA-1234567": true, "UA-12345678": true, "UA-123456789": true, "GTM-XXXX": true, "GTM-XXXXX": true, "GTM-XXXXXX": true, "GTM-XXXXXXX": true,
	"G-XXXXXXXXXX": true, "AW-123456789": true, "AW-XXXXXXXXX": true, "pub-0000000000000000": true, "pub-1234567890123456": true, "12345": true, "12345678": true, "123456789": true,
	"1234567890": true, "00000000000000000000000000000000": true,
}

// An idSet collects identifiers, each key once, with the first place it was seen.
type idSet map[tracker.Identifier]string

func (s idSet) add(kind, value, where string) {
	if value == "" || len(value) > 512 || notIDs[value] {
		return
	}
	k := tracker.Identifier{Kind: kind, Value: value}
	if _, ok := s[k]; !ok {
		s[k] = where
	}
}

func (s idSet) sorted() []tracker.Identifier {
	if len(s) == 0 {
		return nil
	}
	for k := range s {
		if k.Kind == KindAdSenseHouse { // the page shows it too, and only ads.txt says whose it is
			delete(s, tracker.Identifier{Kind: KindAdSense, Value: k.Value})
		}
	}
	out := make([]tracker.Identifier, 0, len(s))
	for k, where := range s {
		k.Where = where
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b tracker.Identifier) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value))
	})
	return out
}

// kindOfTag tells the Google tag families apart by their prefix and length.
func kindOfTag(v string) string {
	prefix, rest, _ := strings.Cut(v, "-")
	digits := strings.Trim(rest, "0123456789") == ""
	switch {
	case prefix == "G" && len(rest) >= 8:
		return KindGA4
	case prefix == "GT" && len(rest) >= 7:
		return KindGoogleTag
	case prefix == "AW" && digits && len(rest) >= 8:
		return KindGoogleAds
	case prefix == "DC" && digits && len(rest) <= 10:
		return KindFloodlight
	}
	return ""
}

// fromCode finds what vendors' snippets name in code.
func (s idSet) fromCode(code []byte, where string) {
	for i := range patterns {
		p := &patterns[i]
		if !bytes.Contains(code, []byte(p.hint)) {
			continue
		}
		for _, m := range p.re.FindAllSubmatch(code, 32) {
			v := string(m[1])
			kind := p.kind
			if kind == "" {
				if kind = kindOfTag(v); kind == "" {
					continue
				}
			}
			if kind == KindOneSignal && !bytes.Contains(code, oneSignalOK) {
				continue
			}
			s.add(kind, v, where)
		}
	}
	s.matomo(code, where)
}

// matomo is an id only together with the tracker's host: every installation
// counts its sites from 1.
func (s idSet) matomo(code []byte, where string) {
	if !bytes.Contains(code, []byte("setSiteId")) {
		return
	}
	site := matomoSite.FindSubmatch(code)
	if site == nil {
		return
	}
	host := ""
	for _, re := range []*regexp.Regexp{matomoURL, matomoU} {
		if m := re.FindSubmatch(code); m != nil && host == "" {
			host = hostOf(strings.ReplaceAll(string(m[1]), `\/`, "/"))
		}
	}
	if host == "" {
		return
	}
	s.add(KindMatomo, host+"/"+string(site[1]), where)
	if !strings.HasSuffix(host, ".matomo.cloud") && !strings.HasSuffix(host, ".innocraft.cloud") {
		s.add(KindMatomoHost, host, where)
	}
}

// hostOf is the host of an absolute or protocol-relative URL, lower case.
func hostOf(ref string) string {
	if strings.HasPrefix(ref, "//") {
		ref = "https:" + ref
	}
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// metaKinds are verification and property metas; attribute order and case are
// the parser's business.
var metaKinds = map[string]string{
	"google-site-verification":     KindGoogleSite,
	"yandex-verification":          KindYandexSite,
	"msvalidate.01":                KindMSSite,
	"facebook-domain-verification": KindFBSite,
	"p:domain_verify":              KindPinterest,
	"fb:app_id":                    KindFBApp,
	"fb:pages":                     KindFBPages,
}

// fromDocument finds all identifiers of a page.
func (s idSet) fromDocument(d *document) {
	for _, c := range d.scripts {
		s.fromCode(c, "script")
	}
	if len(d.inlined) > 0 {
		s.fromCode(d.inlined, "attribute")
	}
	if len(d.srcs) > 0 {
		s.fromCode([]byte(strings.Join(d.srcs, "\n")), "src")
	}
	for _, b := range d.beacons {
		if m := cfToken.FindStringSubmatch(b); m != nil {
			s.add(KindCFBeacon, m[1], "attribute")
		}
	}
	for _, m := range d.metas {
		kind, ok := metaKinds[m.name]
		if !ok {
			continue
		}
		for _, v := range strings.Split(m.content, ",") {
			if v = strings.TrimSpace(v); v != "" && !strings.ContainsAny(v, " <>") {
				s.add(kind, v, "meta")
			}
		}
	}
	for _, f := range d.actions {
		s.fromCode([]byte(f), "form")
	}
	s.contacts(d)
	s.wallets(d.visible, "text")
	for _, a := range d.anchors {
		if strings.Contains(a.href, "hosted_button_id=") || strings.Contains(a.href, "list-manage") {
			s.fromCode([]byte(a.href), "link")
		}
		if strings.Contains(a.href, ":") && (strings.HasPrefix(a.href, "bitcoin:") || strings.HasPrefix(a.href, "ethereum:") || strings.HasPrefix(a.href, "monero:") || strings.HasPrefix(a.href, "tron:")) {
			s.wallets([]byte(a.href), "link")
		}
	}
}

// cfEmail undoes Cloudflare's e-mail obfuscation: the first byte is the key.
func cfEmail(v string) string {
	b, err := hex.DecodeString(v)
	if err != nil || len(b) < 6 || len(b) > 128 {
		return ""
	}
	for i := 1; i < len(b); i++ {
		b[i] ^= b[0]
	}
	return string(b[1:])
}

// fromAdsTxt reads the lines of host's ads.txt (IAB Tech Lab, ads.txt 1.1) that name
// a direct account at Google; resellers are the ad network's, not the site's. Where the
// file names a manager of the site's advertising, or an owner who is another domain, a
// direct account is that house's, which has one for all whose places it sells.
func (s idSet) fromAdsTxt(host string, body []byte) {
	kind := KindAdSense
	site := tracker.Name(strings.ToLower(host)).Registrable()
	for line := range bytes.Lines(body[:min(len(body), 256<<10)]) {
		text, _, _ := strings.Cut(string(line), "#")
		name, value, is := strings.Cut(text, "=")
		switch name = strings.ToUpper(strings.TrimSpace(name)); {
		case !is || name != "MANAGERDOMAIN" && name != "OWNERDOMAIN":
			continue
		}
		value, _, _ = strings.Cut(value, ",") // of one country
		if n, err := tracker.ParseName(strings.TrimSpace(value)); err == nil && n.Registrable() != site {
			kind = KindAdSenseHouse
		}
	}
	for line := range bytes.Lines(body[:min(len(body), 256<<10)]) {
		text, _, _ := strings.Cut(string(line), "#")
		f := strings.Split(text, ",")
		if len(f) < 3 || !strings.EqualFold(strings.TrimSpace(f[0]), "google.com") || !strings.EqualFold(strings.TrimSpace(f[2]), "DIRECT") {
			continue
		}
		if m := adsPub.FindStringSubmatch(strings.TrimSpace(f[1])); m != nil {
			s.add(kind, m[1], "ads.txt")
		}
	}
}

var adsPub = regexp.MustCompile(`^(?:ca-)?(pub-\d{16})$`)
