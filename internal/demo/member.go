package demo

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

//go:embed names
var names embed.FS

// member is someone as we made them up. Keur knows them by the file alone.
type member struct {
	label             string
	address           string
	first, last       string
	gender            string // v and m, w and m
	city, postal      string
	born, joined      time.Time
	points            int
	interests         []string
	consent, tracking bool
}

// people makes members up, the same ones each time.
type people struct {
	label           string
	dice            *rand.Rand
	today           time.Time
	women, men      []string
	lasts, cities   []string
	providers       []string
	gendered        [2]string
	interests       []string
	taken           map[string]bool // addresses
	consent, tracks float64         // shares that consent to mail, and to being tracked
}

// newPeople returns the people of a label's country.
func newPeople(code string, today time.Time) (*people, error) {
	p := &people{label: code, dice: rand.New(rand.NewPCG(uint64(code[0]), 7)), today: today, taken: map[string]bool{}, consent: 0.95, tracks: 0.88}
	switch code {
	case "nl":
		p.gendered = [2]string{"v", "m"}
		p.interests = []string{"fietsen", "reizen", "koken", "tuinieren", "wonen", "mode", "lezen", "muziek"}
		p.providers = []string{"gmail.example", "gmail.example", "gmail.example", "ziggo.example", "kpn.example", "outlook.example", "icloud.example", "kantoor.example"}
	default:
		p.gendered = [2]string{"w", "m"}
		p.interests = []string{"radfahren", "reisen", "kochen", "garten", "wohnen", "mode", "lesen", "musik"}
		p.providers = []string{"gmx.example", "gmx.example", "web.example", "gmail.example", "gmail.example", "t-online.example", "icloud.example", "buero.example"}
	}
	for file, into := range map[string]*[]string{"women": &p.women, "men": &p.men, "last": &p.lasts, "cities": &p.cities} {
		text, err := names.ReadFile("names/" + code + "_" + file + ".txt")
		if err != nil {
			return nil, err
		}
		*into = strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	return p, nil
}

// next makes up one more member.
func (p *people) next() *member {
	m := &member{label: p.label, last: p.one(p.lasts), consent: p.dice.Float64() < p.consent, tracking: p.dice.Float64() < p.tracks}
	if p.dice.IntN(2) == 0 {
		m.first, m.gender = p.one(p.women), p.gendered[0]
	} else {
		m.first, m.gender = p.one(p.men), p.gendered[1]
	}
	city := p.one(p.cities)
	cut := strings.LastIndexByte(city, ' ')
	m.city, m.postal = city[:cut], city[cut+1:]
	if p.label == "nl" {
		m.postal += fmt.Sprintf(" %c%c", 'A'+p.dice.IntN(26), 'A'+p.dice.IntN(26))
	}
	m.born = p.today.AddDate(-18-p.dice.IntN(32)-p.dice.IntN(32), 0, -p.dice.IntN(365))
	m.joined = p.today.AddDate(0, 0, -1-p.dice.IntN(6*365))
	m.points = p.dice.IntN(50) * p.dice.IntN(100)
	for range 1 + p.dice.IntN(3) {
		m.interests = append(m.interests, p.one(p.interests))
	}
	m.address = p.addressOf(m)
	return m
}

func (p *people) one(of []string) string { return of[p.dice.IntN(len(of))] }

// addressOf gives the member an address that nobody has yet.
func (p *people) addressOf(m *member) string {
	domain := p.one(p.providers)
	local := letters(m.first) + "." + letters(m.last)
	for n := 1; ; n++ {
		address := local + "@" + domain
		if n > 1 {
			address = fmt.Sprintf("%s%d@%s", local, n, domain)
		}
		if !p.taken[address] {
			p.taken[address] = true
			return address
		}
	}
}

// letters writes a name as people do in an address: ü is u, and van den Berg
// one word.
func letters(name string) string {
	plain, _, _ := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), strings.ReplaceAll(name, "ß", "ss"))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) && r < unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		return -1
	}, plain)
}
