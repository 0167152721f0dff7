package tracking

import "strings"

// Provider returns who receives mail for a domain, as far as that is known of
// the large ones that have many: otherwise each domain is its own.
func Provider(domain string) string {
	domain = strings.ToLower(domain)
	if name, known := providers[domain]; known {
		return name
	}
	for _, family := range families {
		if name, ending, found := strings.Cut(domain, "."); found && name == family && len(ending) <= 6 {
			return providerOf[family]
		}
	}
	return domain
}

// families are first labels of domains that a provider has in many countries.
var families = [...]string{"hotmail", "live", "outlook", "msn", "yahoo", "ymail", "aol", "gmx"}

var providerOf = map[string]string{
	"hotmail": "outlook", "live": "outlook", "outlook": "outlook", "msn": "outlook",
	"yahoo": "yahoo", "ymail": "yahoo", "aol": "yahoo", "gmx": "gmx",
}

var providers = map[string]string{
	"gmail.com": "google", "googlemail.com": "google",
	"icloud.com": "apple", "me.com": "apple", "mac.com": "apple",
	"rocketmail.com": "yahoo", "web.de": "gmx", "mail.com": "gmx",
	"kpnmail.nl": "kpn", "kpnplanet.nl": "kpn", "planet.nl": "kpn", "hetnet.nl": "kpn", "telfort.nl": "kpn", "xs4all.nl": "kpn",
	"ziggo.nl": "ziggo", "home.nl": "ziggo", "upcmail.nl": "ziggo", "casema.nl": "ziggo", "chello.nl": "ziggo", "quicknet.nl": "ziggo",
	"ziggomail.com": "ziggo", "zeelandnet.nl": "ziggo", "t-online.de": "t-online", "magenta.de": "t-online",
	"orange.fr": "orange", "wanadoo.fr": "orange", "proton.me": "proton", "protonmail.com": "proton", "pm.me": "proton",
}
