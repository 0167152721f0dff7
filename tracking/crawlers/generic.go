package crawlers

import (
	"regexp"
	"strings"
)

// The list knows who has a name. Those who don't call themselves by what they
// do, by the library that they are written with, or leave an address for who
// wants to complain.

// generic are words of robots, in lower case.
var generic = [...]string{
	"bot", "crawl", "spider", "scan", "scrap", "preview", "monitor", "slurp", "fetch", "archiver", "validator",
	"checker", "linkcheck", "link check", "sniffer", "harvest", "indexer", "grabber", "downloader", "webcopier",
	"httrack", "offline explorer", "nutch", "heritrix", "xenu", "analyzer", "uptime", "pingdom", "statuscake",
	"site24x7", "lighthouse", "pagespeed", "page speed", "gtmetrix", "webpagetest", "ptst/", "headless",
	"phantomjs", "selenium", "puppeteer", "playwright", "cypress/", "slimerjs", "feed", "rss", "externalhit",
	"embed", "unfurl", "whatsapp/", "vkshare", "skypeuri", "iframely", "facebookcatalog", "site-verification",
	"siteexplorer", "nmap", "nikto", "sqlmap", "zgrab", "masscan", "wpscan", "zmeu", "curl", "wget", "libwww",
	"lwp", "mechanize", "python", "urllib", "aiohttp", "httpx", "scrapy", "ruby", "faraday", "typhoeus",
	"httparty", "perl", "php/", "guzzle", "snoopy", "zend_http", "zend-http", "symfony", "go-http", "golang",
	"fasthttp", "java/", "httpclient", "http-client", "http_client", "http client", "httpunit", "httprequest",
	"http_request", "httpie", "okhttp", "jersey", "rest-client", "restsharp", "axios", "node-fetch", "node.js",
	"nodejs", "undici", "superagent", "got (", "winhttp", "msxml", "microsoft url control", "postmanruntime",
	"insomnia", "dart:io", "reqwest", "hyper/", "libcurl", "indy library", "powershell", "google-apps-script",
	"googledocs", "netcraft", "censys", "qwantify", "ltx71", "datanyze", "builtwith", "wappalyzer", "ahrefs",
	"semrush", "moz.com", "mediapartners", "adsbot", "google-read-aloud", "google favicon", "http://",
	"https://", "www.",
}

// address is that of who runs a robot. People's programs have none.
var address = regexp.MustCompile(`[\w.+-]+(?:@|\[at\]| at )[\w-]+(?:\.|\[dot\])\w{2,}`)

// people are words of programs that people read mail with, and of devices,
// which hold a generic word or come with an address.
var people = [...]string{
	"cubot", "yahoomailproxy", "googleimageproxy", "thunderbird/", "ms-office", "msoffice", "microsoft office",
	"outlook-ios", "outlook-android", "outlook/", "microsoft outlook", "fairemail", "k-9", "airmail", "mailbird",
	"em client", "emclient", "postbox/", "the bat", "lotus-notes", "evolution/", "kmail", "claws", "seamonkey/",
	"foxmail", "mailspring", "bluemail", "aquamail", "feedbackhub", "scanbot sdk", "konqueror/", "newsreader/",
	"yahoomobilemail", "iphone mail", "duckduckgo/", "previewsafari", "technologypreview",
}

// isGeneric reports whether a user agent calls itself a robot in general words.
func isGeneric(userAgent string) bool {
	lower := strings.ToLower(userAgent)
	for _, word := range people {
		if strings.Contains(lower, word) {
			return false
		}
	}
	for _, word := range generic {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return address.MatchString(lower)
}
