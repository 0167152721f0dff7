// Package blocks keeps what placements say and show, under a name, so that another
// mailing of the label begins with a copy of it. What a block says never changes:
// its writers stay those of its bytes, in each mailing that has them.
package blocks

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/mailings"
)

// ID names a saved block.
type ID int64

// Block is what a placement says and shows, kept under a name.
type Block struct {
	ID         ID                     `db:"id" json:"id" readOnly:"true"`
	LabelID    labels.ID              `db:"label_id" json:"label_id" readOnly:"true"`
	MailingID  mailings.ID            `db:"mailing_id" json:"mailing_id"` // out of which it was kept
	Name       string                 `db:"name" json:"name"`
	Says       Says                   `db:"says" json:"says" readOnly:"true"`
	Campaign   string                 `db:"campaign" json:"campaign_name" readOnly:"true"`
	Advertiser string                 `db:"advertiser" json:"advertiser_name" readOnly:"true"`
	Of         campaigns.AdvertiserID `db:"advertiser_id" json:"advertiser_id" readOnly:"true"`
	By         string                 `db:"created_by" json:"created_by" readOnly:"true"` // such as user:7
	ByName     string                 `db:"by_name" json:"created_name" readOnly:"true"`
	CreatedAt  time.Time              `db:"created_at" json:"created_at" readOnly:"true"`
}

// Says is a placement of a brief, as a block has it.
type Says mailings.BriefPlacement

// Scan reads a jsonb column.
func (s *Says) Scan(src any) error {
	text, is := src.([]byte)
	if !is {
		return fmt.Errorf("a block is jsonb, not %T", src)
	}
	return json.Unmarshal(text, s)
}

// Value writes a jsonb column.
func (s Says) Value() (driver.Value, error) {
	text, err := json.Marshal(s)
	return string(text), err
}

// Of returns the block that a placement of a mailing becomes. Returns a NotFound
// fault if the brief has no such placement, and an invalid one if it is of no
// campaign, or says and shows nothing.
func Of(m *mailings.Mailing, b *mailings.Brief, key, name string) (Block, error) {
	at := slices.IndexFunc(b.Placements, func(p mailings.BriefPlacement) bool { return p.Key == key })
	if at < 0 {
		return Block{}, fault.New(fault.NotFound, "blocks.no_placement")
	}
	block := Block{LabelID: m.LabelID, MailingID: m.ID, Name: name, Says: Says(b.Placements[at])}
	return block, block.Validate()
}

// Validate returns everything that is wrong with the block.
func (b Block) Validate() error {
	var wrong fault.List
	if !form.Name(b.Name) {
		wrong.Add("name", "input.name", "most", form.MaxName)
	}
	s := b.Says
	switch {
	case s.CampaignID == 0:
		wrong.Add("placement", "blocks.no_campaign")
	case s.Heading+s.Text+s.HTML+s.Button+s.URL+s.Creative == "":
		wrong.Add("placement", "blocks.empty")
	}
	return wrong.Err()
}

// Put adds a copy of the block to the placements of a brief, under a key that none
// of them has, and returns that.
func (b Block) Put(into *mailings.Brief) string {
	p := mailings.BriefPlacement(b.Says)
	p.Key = into.FreeKey()
	into.Placements = append(into.Placements, p)
	return p.Key
}
