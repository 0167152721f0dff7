package domains

import "strings"

// bimi looks for the logo that some mailboxes show beside mail of a domain
// (draft-brand-indicators-for-message-identification). Nothing depends on it.
func (c checker) bimi(domain string, holds *policy) Finding {
	f := Finding{Record: "BIMI", Name: "default._bimi." + domain}
	record, err := c.bimiRecord(domain)
	if err == nil && record == "" && holds != nil && holds.domain != domain {
		record, err = c.bimiRecord(holds.domain)
	}
	tag := func(name string) string {
		p, _ := readTags(record)
		return p[name]
	}
	switch {
	case err != nil:
		return away("BIMI", f.Name)
	case record == "":
		f.State, f.Said = Optional, say("domains.no_bimi")
	case holds == nil || holds.of(domain) == "none" || holds.tags["pct"] != "" && holds.tags["pct"] != "100":
		f.State, f.Said = Better, say("domains.bimi_dmarc")
	case !strings.HasPrefix(tag("l"), "https://"):
		f.State, f.Said, f.Publish = Better, say("domains.bimi_logo"), "v=BIMI1; l=https://…/logo.svg; a=https://…/logo.pem"
	case tag("a") == "":
		f.State, f.Said = Better, say("domains.bimi_certificate")
	default:
		f.State, f.Said = Good, say("domains.bimi")
	}
	return f
}

// bimiRecord returns the BIMI record of a domain; "": none.
func (c checker) bimiRecord(domain string) (string, error) {
	found, err := c.dns.LookupTXT(c.ctx, "default._bimi."+domain)
	if err != nil && !absent(err) {
		return "", err
	}
	for _, text := range found {
		if tags, first := readTags(text); first == "v" && tags["v"] == "BIMI1" {
			return text, nil
		}
	}
	return "", nil
}
