package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// people makes members of a market up, the same ones each time.
type people struct {
	*Market
	dice                      *rand.Rand
	today                     time.Time
	women, men, lasts, cities []string
	taken                     map[string]bool // addresses
}

func newPeople(m *Market, today time.Time) (*people, error) {
	code := m.Label.Code
	p := &people{Market: m, dice: rand.New(rand.NewPCG(uint64(code[0]), 7)), today: today, taken: map[string]bool{}}
	for file, into := range map[string]*[]string{"women": &p.women, "men": &p.men, "last": &p.lasts, "cities": &p.cities} {
		text, err := files.ReadFile("names/" + code + "_" + file + ".txt")
		if err != nil {
			return nil, err
		}
		*into = strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	return p, nil
}

// next makes up one more member: an address, whether it may be tracked, and the
// row of the label's file.
func (p *people) next() (address string, tracked bool, row []string) {
	answer := map[bool]string{true: p.File.Yes, false: p.File.No}
	last, consent := p.one(p.lasts), p.dice.Float64() < 0.95
	tracked = p.dice.Float64() < 0.88
	sex := p.dice.IntN(2)
	first := p.one([][]string{p.women, p.men}[sex])
	city := p.one(p.cities)
	cut := strings.LastIndexByte(city, ' ')
	postal := city[cut+1:]
	if p.Label.Code == "nl" {
		postal += fmt.Sprintf(" %c%c", 'A'+p.dice.IntN(26), 'A'+p.dice.IntN(26))
	}
	born := p.today.AddDate(-18-p.dice.IntN(32)-p.dice.IntN(32), 0, -p.dice.IntN(365))
	since := 1 + p.dice.IntN(6*365)
	if p.dice.IntN(7) == 0 { // it grows: one in seven came in the last six weeks
		since = p.dice.IntN(6 * 7)
	}
	joined := p.today.AddDate(0, 0, -since).Format(p.File.Date)
	points := strconv.Itoa(p.dice.IntN(50) * p.dice.IntN(100))
	interests := p.one(p.People.Interests)
	for range p.dice.IntN(3) {
		interests += "|" + p.one(p.People.Interests)
	}
	address = p.address(first, last)
	return address, tracked, []string{
		address, first, last, p.People.Genders[sex], born.Format(p.File.Date), city[:cut], postal, joined, points, interests,
		answer[consent], joined, p.File.Consent, p.File.Source, answer[tracked],
	}
}

func (p *people) one(of []string) string { return of[p.dice.IntN(len(of))] }

// address makes an address of a name that nobody has yet.
func (p *people) address(first, last string) string {
	local, domain := letters(first)+"."+letters(last), p.one(p.People.Providers)
	address := local + "@" + domain
	for n := 2; p.taken[address]; n++ {
		address = fmt.Sprintf("%s%d@%s", local, n, domain)
	}
	p.taken[address] = true
	return address
}

// letters writes a name as people do in an address: ü is u, and van den Berg
// one word.
func letters(name string) string {
	plain, _, _ := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC),
		strings.ReplaceAll(name, "ß", "ss"))
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) && r < unicode.MaxASCII {
			return unicode.ToLower(r)
		}
		return -1
	}, plain)
}
