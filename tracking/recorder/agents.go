package recorder

import (
	"strings"
	"sync"
	"time"

	"keur/tracking"
	"keur/tracking/crawlers"
)

// Reasons why an open or click is a machine's.
const (
	PrefetchGmail = "prefetch-gmail"
	AppleMPP      = "apple-mpp"
	ScannerAgent  = "scanner-ua"
	CrawlerAgent  = "crawler-ua"
	Head          = "head"
	TooSoon       = "too-soon"
	Burst         = "burst"
	EveryLink     = "every-link"
	Honeypot      = "honeypot"
)

// soon is how long after delivery a click is still a scanner's.
const soon = 5 * time.Second

// maxAgents bounds how many judged user agents are remembered.
const maxAgents = 4096

// Agents judges user agents. It is safe for concurrent use.
type Agents struct {
	crawlers *crawlers.Crawlers
	mu       sync.RWMutex
	judged   map[string]string
}

// NewAgents returns a judge that knows the list of crawlers.
func NewAgents() (*Agents, error) {
	list, err := crawlers.New()
	if err != nil {
		return nil, err
	}
	return &Agents{crawlers: list, judged: map[string]string{}}, nil
}

// Judge returns why a fetch by this method and user agent is a machine's, or
// "". A click without an open is no sign: many readers show no images.
func (a *Agents) Judge(kind tracking.Kind, method, userAgent string) string {
	if method == "HEAD" {
		return Head
	}
	if kind == tracking.Open {
		switch {
		case userAgent == "Mozilla/5.0":
			return AppleMPP
		case strings.Contains(userAgent, "Chrome/42.0.2311.135") && strings.Contains(userAgent, "Edge/12.246"):
			return PrefetchGmail
		}
	} else if userAgent == "" || userAgent == "Mozilla/5.0" {
		return ScannerAgent // no browser that a person clicks with
	}
	return a.remembered(userAgent)
}

func (a *Agents) remembered(userAgent string) string {
	a.mu.RLock()
	reason, known := a.judged[userAgent]
	a.mu.RUnlock()
	if known {
		return reason
	}
	reason = a.judge(userAgent)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.judged) >= maxAgents {
		clear(a.judged) // rare: the world has fewer that matter
	}
	a.judged[strings.Clone(userAgent)] = reason
	return reason
}

func (a *Agents) judge(userAgent string) string {
	for _, proxy := range []string{"GoogleImageProxy", "YahooMailProxy"} {
		if strings.Contains(userAgent, proxy) {
			return "" // it fetches when a person opens
		}
	}
	lower := strings.ToLower(userAgent)
	for _, scanner := range scanners {
		if strings.Contains(lower, scanner) {
			return ScannerAgent
		}
	}
	if a.crawlers.Match(userAgent) {
		return CrawlerAgent
	}
	return ""
}

// scanners are words in the user agents of mail gateways that follow links,
// and of the libraries and headless browsers that they are built with.
var scanners = [...]string{
	"barracuda", "proofpoint", "mimecast", "safelinks", "symantec", "messagelabs", "fireeye", "trendmicro", "trend micro",
	"sophos", "forcepoint", "fortinet", "cisco", "ironport", "checkpoint", "avanan", "vade", "retarus", "hornetsecurity",
	"bitdefender", "kaspersky", "mcafee", "zscaler", "urlscan", "virustotal", "linkcheck", "link-check", "mailscanner",
	"headlesschrome", "phantomjs", "puppeteer", "playwright", "python-requests", "python-urllib", "aiohttp", "go-http-client",
	"curl/", "wget/", "libwww", "java/", "okhttp", "apache-httpclient", "node-fetch", "axios/", "bingpreview",
}

// clickedTooSoon reports whether a click came before a person could have read
// the mail. A mail that the ledger hasn't handed to a server is none that they read.
func clickedTooSoon(at time.Time, sent *time.Time) bool {
	return sent == nil || at.Before(sent.Add(soon))
}

// family names the program of a user agent, for people who look at an event.
func family(userAgent string) string {
	for _, f := range families {
		if strings.Contains(userAgent, f.mark) {
			return f.name
		}
	}
	if userAgent == "" {
		return ""
	}
	return "other"
}

var families = [...]struct{ mark, name string }{
	{"GoogleImageProxy", "Gmail"}, {"YahooMailProxy", "Yahoo"}, {"Thunderbird/", "Thunderbird"}, {"ms-office", "Outlook"},
	{"Microsoft Outlook", "Outlook"}, {"MSOffice", "Outlook"}, {"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"SamsungBrowser/", "Samsung Internet"},
	{"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"},
	{"Safari/", "Safari"}, {"AppleWebKit/", "Apple Mail"},
}
