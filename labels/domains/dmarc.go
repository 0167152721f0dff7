package domains

import (
	"strings"
)

// policy is a DMARC record (RFC 9989 §4.7).
type policy struct {
	domain string
	text   string
	tags   map[string]string
}

// mostSteps is how many names the walk asks for (RFC 9989 §4.10).
const mostSteps = 8

// dmarc checks the policy that holds for a sender's domain, and whether mail of
// it passes: by a signature, which Keur makes of the sender's domain or above, or
// by SPF, where the bounce domain is of the same organization. It returns the
// policy as well; nil: none.
func (c checker) dmarc(domain, bounce string, signs bool) (Finding, *policy) {
	f := Finding{Record: "DMARC", Name: "_dmarc." + domain}
	found, many, err := c.walk(domain)
	if err != nil {
		return away("DMARC", f.Name), nil
	}
	holds := holding(found, domain)
	aligned := signs
	if !aligned {
		theirs, _, err := c.walk(bounce)
		if err != nil {
			return away("DMARC", f.Name), holds
		}
		strict := holds != nil && strings.EqualFold(holds.tags["aspf"], "s")
		aligned = domain == bounce || !strict && organization(found, domain) == organization(theirs, bounce)
	}
	switch {
	case many != "":
		f.State, f.Said = Wrong, say("domains.many_dmarc", "name", many)
	case holds == nil:
		f.State, f.Said, f.Publish = Wrong, say("domains.no_dmarc"), "v=DMARC1; p=none; "+reportsTo(bounce)
	case !aligned && holds.of(domain) != "none":
		f.State, f.Said = Wrong, say("domains.dmarc_refuses", "policy", holds.of(domain))
	case !aligned:
		f.State, f.Said = Wrong, say("domains.dmarc_unaligned")
	case holds.tags["pct"] != "":
		f.State, f.Said = Better, say("domains.dmarc_pct")
	case holds.of(domain) == "none":
		f.State, f.Said = Better, say("domains.dmarc_none")
	case holds.tags["rua"] == "":
		f.State, f.Said = Better, say("domains.dmarc_no_reports")
		f.Publish = strings.TrimRight(holds.text, "; ") + "; " + reportsTo(bounce)
	default:
		f.State, f.Said = Good, say("domains.dmarc", "policy", holds.of(domain), "name", "_dmarc."+holds.domain)
	}
	return f, holds
}

// ReportsUser is the local part of the addresses under bounce domains that take
// reports of receivers.
const ReportsUser = "dmarc"

// reportsTo asks receivers for reports, to where Keur takes them in.
func reportsTo(bounce string) string { return "rua=mailto:" + ReportsUser + "@" + bounce }

// walk collects the policies of a domain and of those above it, the nearest
// first (RFC 9989 §4.10). many names where there are several, which count as
// none.
func (c checker) walk(domain string) (found []policy, many string, err error) {
	parts := strings.Split(strings.TrimSuffix(domain, "."), ".")
	for step := 0; len(parts) > 0 && step < mostSteps; step++ {
		name := strings.Join(parts, ".")
		texts, err := c.dns.LookupTXT(c.ctx, "_dmarc."+name)
		if err != nil && !absent(err) {
			return nil, "", err
		}
		var here []policy
		for _, text := range texts {
			if p, is := readPolicy(name, text); is {
				here = append(here, p)
			}
		}
		switch len(here) {
		case 0:
		case 1:
			found = append(found, here[0])
			if psd := here[0].tags["psd"]; psd == "n" || psd == "y" && step > 0 {
				return found, many, nil
			}
		default:
			many = "_dmarc." + name
		}
		if step == 0 && len(parts) > mostSteps {
			parts = parts[len(parts)-mostSteps+1:]
		} else {
			parts = parts[1:]
		}
	}
	return found, many, nil
}

// readPolicy reads a record, and reports whether it is one. Tags that nobody
// knows are ignored.
func readPolicy(domain, text string) (policy, bool) {
	tags, first := readTags(text)
	for _, name := range []string{"psd", "p", "sp", "np"} {
		if value, has := tags[name]; has {
			tags[name] = strings.ToLower(value)
		}
	}
	return policy{domain, text, tags}, first == "v" && tags["v"] == "DMARC1"
}

// readTags reads a list of tags, and returns the name of the first as well.
func readTags(text string) (tags map[string]string, first string) {
	tags = map[string]string{}
	for i, tag := range strings.Split(text, ";") {
		name, value, _ := strings.Cut(tag, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if i == 0 {
			first = name
		}
		tags[name] = strings.TrimSpace(value)
	}
	return tags, first
}

// organization returns the organizational domain (RFC 9989 §4.10.2).
func organization(found []policy, domain string) string {
	for i, p := range found {
		switch {
		case p.tags["psd"] == "n":
			return p.domain
		case p.tags["psd"] == "y" && p.domain != domain:
			above := strings.Count(p.domain, ".") + 1
			parts := strings.Split(domain, ".")
			return strings.Join(parts[max(0, len(parts)-above-1):], ".")
		case i == len(found)-1:
			return p.domain
		}
	}
	return domain
}

// holding returns the policy that holds for a domain: its own, else that of its
// organization, else that of the suffix above. nil: none.
func holding(found []policy, domain string) *policy {
	org := organization(found, domain)
	for _, name := range []string{domain, org} {
		for i := range found {
			if found[i].domain == name {
				return &found[i]
			}
		}
	}
	if len(found) > 0 {
		return &found[len(found)-1]
	}
	return nil
}

// of returns what the policy asks for mail of a domain that fails: none,
// quarantine or reject. What can't be read, or only tests, asks nothing (§4.7).
func (p *policy) of(domain string) string {
	asks := p.tags["p"]
	if sub := p.tags["sp"]; domain != p.domain && sub != "" {
		asks = sub
	}
	if asks != "quarantine" && asks != "reject" || p.tags["t"] == "y" {
		return "none"
	}
	return asks
}
