package fingerprint

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
)

var email = regexp.MustCompile(`^[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}$`)

// notMail are endings of file names that look like top levels.
var notMail = []string{".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".css", ".js"}

func (s idSet) addMail(v, where string) {
	v = strings.ToLower(strings.TrimSpace(v))
	if !email.MatchString(v) {
		return
	}
	for _, e := range notMail {
		if strings.HasSuffix(v, e) {
			return
		}
	}
	if strings.HasSuffix(v, "@example.com") || strings.HasSuffix(v, "@domain.com") || strings.HasSuffix(v, "sentry.io") {
		return
	}
	s.add(KindEmail, v, where)
}

// contacts are the mail addresses, telephone numbers and handles by which a
// reader could reach the operator. Share buttons are none.
func (s idSet) contacts(d *document) {
	for _, a := range d.anchors {
		switch {
		case hasPrefixFold(a.href, "mailto:"):
			to, _, _ := strings.Cut(a.href[7:], "?")
			if u, err := url.PathUnescape(to); err == nil {
				to = u
			}
			for _, v := range strings.Split(to, ",") {
				s.addMail(v, "link")
			}
		case hasPrefixFold(a.href, "tel:"):
			s.phone(a.href[4:])
		default:
			s.handle(a.href)
			s.whatsApp(a.href)
		}
	}
	for _, c := range d.cfmails {
		s.addMail(cfEmail(c), "attribute")
	}
	for i, found := 0, 0; found < 50; found++ {
		at := bytes.IndexByte(d.visible[i:], '@')
		if at < 0 {
			break
		}
		at += i
		from, to := at, at+1
		for from > i && at-from < 64 && mailByte(d.visible[from-1]) {
			from--
		}
		for to < len(d.visible) && to-at < 255 && mailByte(d.visible[to]) {
			to++
		}
		s.addMail(strings.Trim(string(d.visible[from:to]), ".-_%+"), "text")
		i = at + 1
	}
}

func mailByte(c byte) bool {
	return alnum(c) || c == '.' || c == '-' || c == '_' || c == '%' || c == '+'
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// phone keeps international numbers (E.164), the only ones that mean the same
// everywhere.
func (s idSet) phone(v string) {
	if u, err := url.PathUnescape(v); err == nil {
		v = u
	}
	v, _, _ = strings.Cut(v, ";")
	var b strings.Builder
	for i, r := range strings.TrimSpace(v) {
		switch {
		case r >= '0' && r <= '9', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -./()\u00a0", r):
		default:
			return
		}
	}
	n := b.String()
	if strings.HasPrefix(n, "00") {
		n = "+" + n[2:]
	}
	if strings.HasPrefix(n, "+") && len(n) >= 9 && len(n) <= 16 {
		s.add(KindPhone, n, "link")
	}
}

// whatsApp adds the number that a link opens a chat with: wa.me/NUMBER and
// whatsapp.com/send?phone=NUMBER, international and without the plus (WhatsApp, "How to
// use click to chat"). It is the telephone number, whichever way a page prints it.
func (s idSet) whatsApp(href string) {
	if len(href) > 300 || !strings.Contains(href, "//") && !hasPrefixFold(href, "whatsapp:") {
		return
	}
	u, err := url.Parse(href)
	if err != nil {
		return
	}
	number := u.Query().Get("phone")
	switch host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www."); {
	case host == "wa.me":
		number = strings.Trim(u.Path, "/")
	case host == "api.whatsapp.com" || host == "web.whatsapp.com" || host == "whatsapp.com" || strings.EqualFold(u.Scheme, "whatsapp"):
	default:
		return
	}
	number = strings.TrimLeft(strings.TrimSpace(number), "+0")
	if number != "" && number[0] >= '1' && number[0] <= '9' {
		s.phone("+" + number)
	}
}

// A network is a place where people have handles: which hosts, and which first
// path segments are not people.
type network struct {
	kind  string
	hosts []string
	not   []string
}

var networks = []network{
	{KindTelegram, []string{"t.me", "telegram.me", "telegram.dog"}, []string{"share", "joinchat", "addstickers", "proxy", "socks", "iv", "login", "msg"}},
	{KindVKPage, []string{"vk.com", "m.vk.com", "vkontakte.ru"}, []string{"share.php", "share", "widget_community.php", "js", "images", "feed", "login", "away.php"}},
	{KindX, []string{"twitter.com", "x.com", "mobile.twitter.com"}, []string{"share", "intent", "home", "search", "hashtag", "i", "login", "privacy", "tos"}},
	{KindFacebook, []string{"facebook.com", "m.facebook.com", "fb.com"}, []string{"sharer", "sharer.php", "share.php", "share", "dialog", "plugins", "tr", "login", "events", "hashtag", "policies", "privacy", "help"}},
	{KindInstagram, []string{"instagram.com"}, []string{"p", "explore", "accounts", "reel", "stories", "share"}},
	{KindYouTube, []string{"youtube.com", "m.youtube.com"}, []string{"watch", "embed", "results", "playlist", "shorts", "feed", "redirect", "iframe_api", "t"}},
	{KindTikTokPage, []string{"tiktok.com"}, []string{"share", "embed", "tag", "music", "discover"}},
	{KindOK, []string{"ok.ru", "odnoklassniki.ru"}, []string{"dk", "offer", "share"}},
	{KindPatreon, []string{"patreon.com"}, []string{"login", "home", "explore", "posts", "join", "bepatron", "user", "policy"}},
	{KindKoFi, []string{"ko-fi.com"}, []string{"home", "explore", "account", "about", "manage"}},
	{KindBuyMeACoffee, []string{"buymeacoffee.com"}, []string{"explore", "login", "about", "signup"}},
	{KindBoosty, []string{"boosty.to"}, []string{"app", "login", "search"}},
	{KindPayPal, []string{"paypal.me"}, nil},
	{KindRumble, []string{"rumble.com"}, []string{"embed", "videos", "browse", "login.php", "register.php", "search", "editor-picks", "our-apps", "s"}},
	{KindOdysee, []string{"odysee.com"}, nil},
	{KindBitChute, []string{"bitchute.com"}, nil},
	{KindDiscord, []string{"discord.gg", "discord.com"}, nil},
	{KindBluesky, []string{"bsky.app"}, nil},
	{KindLinktree, []string{"linktr.ee"}, []string{"login", "register", "s"}},
	{KindWhatsApp, []string{"whatsapp.com", "chat.whatsapp.com"}, nil},
	{KindThreads, []string{"threads.net", "threads.com"}, []string{"intent", "login", "search"}},
	{KindTruthSocial, []string{"truthsocial.com"}, nil},
	{KindGab, []string{"gab.com"}, []string{"compose", "auth", "explore", "groups", "hashtag"}},
}

var handleRE = regexp.MustCompile(`^[a-z0-9_.\-]{2,64}$`)

// handle adds the account that a link leads to, where it leads to one.
func (s idSet) handle(href string) {
	if len(href) < 8 || len(href) > 300 || !strings.Contains(href, "//") {
		return
	}
	i := strings.Index(href, "//") + 2
	host, path, _ := strings.Cut(href[i:], "/")
	host = strings.TrimPrefix(strings.ToLower(host), "www.")
	for n := range networks {
		nw := &networks[n]
		for _, h := range nw.hosts {
			if h == host {
				s.account(nw, host, path)
				return
			}
		}
	}
}

// codeRE is the code that BitChute gives a channel, of which the case may tell two
// apart. A name of twelve letters that somebody chose for his is taken for one.
var codeRE = regexp.MustCompile(`^[A-Za-z0-9]{12}$`)

// inviteRE is the code of an invitation.
var inviteRE = regexp.MustCompile(`^[A-Za-z0-9_-]{4,40}$`)

func (s idSet) account(nw *network, host, path string) {
	path, _, _ = strings.Cut(path, "#")
	path, query, _ := strings.Cut(path, "?")
	seg := strings.Split(strings.Trim(path, "/"), "/")
	v := strings.ToLower(seg[0])
	switch {
	case nw.kind == KindTelegram && (v == "s" || v == "joinchat") && len(seg) > 1:
		if v == "joinchat" {
			s.add(nw.kind, "+"+seg[1], "link")
			return
		}
		v = strings.ToLower(seg[1])
	case nw.kind == KindTelegram && strings.HasPrefix(v, "+"):
		s.add(nw.kind, seg[0], "link") // invitations are case sensitive
		return
	case nw.kind == KindYouTube && (v == "channel" || v == "c" || v == "user") && len(seg) > 1:
		v = seg[1]
		if seg[0] != "channel" { // channel ids are case sensitive
			v = strings.ToLower(v)
		}
		s.add(nw.kind, v, "link")
		return
	case nw.kind == KindFacebook && v == "profile.php":
		if q, err := url.ParseQuery(query); err == nil {
			v = q.Get("id")
		}
	case nw.kind == KindFacebook && (v == "groups" || v == "pages") && len(seg) > 1:
		v = v + "/" + strings.ToLower(seg[len(seg)-1])
		s.add(nw.kind, v, "link")
		return
	case nw.kind == KindBitChute && v == "channel" && len(seg) > 1:
		if codeRE.MatchString(seg[1]) {
			s.add(nw.kind, seg[1], "link")
			return
		}
		v = strings.ToLower(seg[1])
	case nw.kind == KindOK && (v == "group" || v == "profile") && len(seg) > 1,
		nw.kind == KindBluesky && v == "profile" && len(seg) > 1,
		nw.kind == KindRumble && (v == "channel" || v == "c" || v == "user") && len(seg) > 1:
		v = strings.ToLower(seg[1])
	case nw.kind == KindBitChute: // a video, a profile, a page of the network
		return
	case nw.kind == KindRumble, nw.kind == KindBluesky: // a video, a page of the network
		return
	case nw.kind == KindOdysee:
		if !strings.HasPrefix(v, "@") {
			return
		}
		v, _, _ = strings.Cut(v, ":")
	case nw.kind == KindThreads || nw.kind == KindTruthSocial:
		if !strings.HasPrefix(v, "@") {
			return
		}
	case nw.kind == KindDiscord: // invitations are case sensitive
		code := seg[len(seg)-1]
		if (v == "invite" && len(seg) == 2 || len(seg) == 1 && !strings.EqualFold(host, "discord.com")) && inviteRE.MatchString(code) {
			s.add(nw.kind, code, "link")
		}
		return
	case nw.kind == KindWhatsApp: // channels and groups; a chat is a telephone number
		code := seg[len(seg)-1]
		if (v == "channel" && len(seg) == 2 || strings.EqualFold(host, "chat.whatsapp.com") && len(seg) == 1) && inviteRE.MatchString(code) && len(code) >= 20 {
			s.add(nw.kind, code, "link")
		}
		return
	}
	v = strings.TrimPrefix(v, "@")
	for _, no := range nw.not {
		if v == no {
			return
		}
	}
	if handleRE.MatchString(v) {
		s.add(nw.kind, v, "link")
	}
}
