package campaigns

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/states"
)

// PoolID names a voucher pool.
type PoolID int64

// Pool is a stock of voucher codes: one that all share, or one for each member.
type Pool struct {
	ID         PoolID      `db:"id" json:"id" readOnly:"true"`
	CampaignID ID          `db:"campaign_id" json:"campaign_id" readOnly:"true"`
	Name       string      `db:"name" json:"name"`
	SharedCode *string     `db:"shared_code" json:"shared_code,omitempty" doc:"The code that all share; none: unique codes, imported"`
	Exclusive  bool        `db:"exclusive" json:"exclusive,omitempty" doc:"Nobody but us gives out the shared code: a sale that used it came by this campaign"`
	ValidFrom  *civil.Date `db:"valid_from" json:"valid_from,omitempty"`
	ValidUntil *civil.Date `db:"valid_until" json:"valid_until,omitempty"`
	Free       int         `db:"free" json:"free" readOnly:"true"`
	Reserved   int         `db:"reserved" json:"reserved" readOnly:"true" doc:"Promised to deliveries that aren't sent yet"`
	Committed  int         `db:"committed" json:"committed" readOnly:"true" doc:"Gone out"`
}

// CodeState is where a unique code is.
type CodeState string

// The states of a unique code.
const (
	CodeFree      CodeState = "free"
	CodeReserved  CodeState = "reserved"  // promised to a delivery that isn't sent yet
	CodeCommitted CodeState = "committed" // gone out
)

// CodeTransitions lists which state of a code may follow which: what went out
// stays gone.
func CodeTransitions() states.Machine[CodeState] {
	return states.Machine[CodeState]{First: CodeFree, Follows: map[CodeState][]CodeState{
		CodeFree:     {CodeReserved},
		CodeReserved: {CodeCommitted, CodeFree},
	}}
}

// dummyCode stands for a unique code in tests and previews, which consume none.
const dummyCode = "VOORBEELD-0000"

// codeShape is what a code may look like: it is shown in a mail that was
// approved before the code was there, so that it must not say anything.
var codeShape = regexp.MustCompile(`^[A-Za-z0-9._-]{3,40}$`)

// Validate returns everything that is wrong with the pool.
func (p Pool) Validate() error {
	var wrong fault.List
	name(&wrong, "name", p.Name)
	if p.SharedCode != nil && !ValidCode(*p.SharedCode) {
		wrong.Add("shared_code", "campaigns.shared_code")
	}
	checkDay(&wrong, "valid_from", p.ValidFrom)
	checkDay(&wrong, "valid_until", p.ValidUntil)
	if p.ValidFrom != nil && p.ValidUntil != nil && p.ValidUntil.Compare(*p.ValidFrom) < 0 {
		wrong.Add("valid_until", "campaigns.validity_ends_before_start")
	}
	return wrong.Err()
}

// Dummy returns the code for tests and previews. A shared code is no secret
// and is shown as it is.
func (p Pool) Dummy() string {
	if p.SharedCode != nil {
		return *p.SharedCode
	}
	return dummyCode
}

// Covers returns a fault that says why the pool can't serve so many members on day.
func (p Pool) Covers(members int, day civil.Date) error {
	switch {
	case p.ValidFrom != nil && day.Compare(*p.ValidFrom) < 0:
		return fault.New(fault.Conflict, "campaigns.vouchers_too_early", "pool", p.Name, "from", p.ValidFrom)
	case p.ValidUntil != nil && day.Compare(*p.ValidUntil) > 0:
		return fault.New(fault.Conflict, "campaigns.vouchers_expired", "pool", p.Name, "until", p.ValidUntil)
	case p.SharedCode == nil && p.Free < members:
		return fault.New(fault.Conflict, "campaigns.too_few_codes", "pool", p.Name, "free", p.Free, "members", members)
	}
	return nil
}

// ReadCodes reads voucher codes: one a line, or the first column of a CSV with
// commas or semicolons, with or without a header "code". Returns an invalid
// fault that names the lines which hold none.
func ReadCodes(r io.Reader) ([]string, error) {
	var (
		codes []string
		wrong fault.List
		bad   int
	)
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		code, err := firstField(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case err == nil && (code == "" || n == 1 && isHeader(code)):
			continue
		case err != nil || !ValidCode(code):
			if bad++; bad <= 20 {
				wrong.Add(fmt.Sprintf("line[%d]", n), "campaigns.code_form")
			}
			continue
		}
		codes = append(codes, code)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fault.At("file", "campaigns.code_line_long")
	} else if err != nil {
		return nil, fmt.Errorf("read voucher codes: %w", err)
	}
	return codes, wrong.Err()
}

func firstField(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", nil
	}
	row := csv.NewReader(strings.NewReader(text))
	row.FieldsPerRecord = -1
	if strings.Contains(text, ";") {
		row.Comma = ';'
	}
	fields, err := row.Read()
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(fields[0]), nil
}

func isHeader(text string) bool {
	switch strings.ToLower(text) {
	case "code", "codes", "voucher", "vouchercode", "voucher_code", "kortingscode", "gutscheincode", "gutschein":
		return true
	}
	return false
}

// ValidCode reports whether a code is harmless by its form: letters and digits
// without accents, dots, dashes and underscores, 3 to 40 of them.
func ValidCode(code string) bool { return codeShape.MatchString(code) }
