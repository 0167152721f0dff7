package web

import (
	"errors"
	"io"
	"net/http"

	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
)

// maxUpload bounds a file of material; the room says how large an image may be.
const maxUpload = 8 << 20

// upload reads the file of a form's field. None is a fault of the field.
func (v *visit) upload(name string) ([]byte, error) {
	v.Request.Body = http.MaxBytesReader(v.Writer, v.Request.Body, maxUpload)
	file, _, err := v.Request.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, fault.At(name, "choose a file")
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the file couldn't be read, or is larger than %d MB", maxUpload>>20)
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

// campaignEdited finishes a form of the campaign's page: back to it, or again
// with what is wrong.
func (v *visit) campaignEdited(which string, f form, err error) error {
	if err == nil {
		return v.to("/campaigns/" + v.Param("campaign"))
	}
	if err := f.take(err); err != nil {
		return err
	}
	return v.showCampaign(http.StatusUnprocessableEntity, which, f)
}

// addCreative takes an image into the campaign.
func (v *visit) addCreative() error {
	id, err := v.id("campaign")
	if err != nil {
		return err
	}
	f := newForm(v.Say)
	data, err := v.upload("file")
	if err == nil {
		f.Values = v.Request.PostForm
		var made campaigns.Creative
		if made, err = v.Creatives.Put(v.ctx(), data); err == nil {
			_, err = v.attach(campaigns.ID(id), made.Hash, &f)
		}
	}
	return v.campaignEdited("creative-new", f, err)
}

// formForImage reads the form about an image of a campaign.
func (v *visit) formForImage() (int64, campaigns.Hash, form, error) {
	id, f, err := v.formFor("campaign")
	if err != nil {
		return 0, campaigns.Hash{}, f, err
	}
	hash, err := campaigns.ParseHash(v.Param("hash"))
	if err != nil {
		return 0, hash, f, notHere()
	}
	return id, hash, f, nil
}

func (v *visit) changeCreative() error {
	id, hash, f, err := v.formForImage()
	if err != nil {
		return err
	}
	_, err = v.attach(campaigns.ID(id), hash, &f)
	return v.campaignEdited("creative-"+hash.String(), f, err)
}

// attach says how an image is used in the campaign.
func (v *visit) attach(id campaigns.ID, hash campaigns.Hash, f *form) (campaigns.Use, error) {
	use := campaigns.Use{Hash: hash, Alt: f.Field("alt"), Source: f.Field("source")}
	for name, into := range map[string]**civil.Date{"valid_from": &use.ValidFrom, "valid_until": &use.ValidUntil} {
		if typed := f.Field(name); typed != "" {
			day, err := civil.ParseDate(typed)
			if err != nil {
				return use, fault.At(name, "must be a day between 2000 and 2100")
			}
			*into = &day
		}
	}
	return v.Creatives.Attach(v.ctx(), id, use)
}

func (v *visit) removeCreative() error {
	id, hash, f, err := v.formForImage()
	if err != nil {
		return err
	}
	return v.campaignEdited("creative-"+hash.String(), f, v.Creatives.Detach(v.ctx(), campaigns.ID(id), hash))
}

// creative shows an image; its bytes never change, so browsers may keep it.
func (v *visit) creative() error {
	hash, err := campaigns.ParseHash(v.Param("hash"))
	if err != nil {
		return notHere()
	}
	c, err := v.Creatives.Get(v.ctx(), hash)
	if err != nil {
		return err
	}
	v.Header("Cache-Control", "private, max-age=31536000, immutable")
	v.Data(http.StatusOK, c.Type, c.Bytes)
	return nil
}

// addPool makes a stock of voucher codes: one that all share, or a list that
// is uploaded.
func (v *visit) addPool() error {
	id, f, err := v.formFor("campaign")
	if err != nil {
		return err
	}
	pool := campaigns.Pool{CampaignID: campaigns.ID(id), Name: f.Field("name")}
	if code := f.Field("shared_code"); code != "" {
		pool.SharedCode = &code
	}
	if typed := f.Field("valid_until"); typed != "" {
		day, err := civil.ParseDate(typed)
		if err != nil {
			return v.campaignEdited("pool-new", f, fault.At("valid_until", "must be a day between 2000 and 2100"))
		}
		pool.ValidUntil = &day
	}
	_, err = v.Vouchers.Create(v.ctx(), pool)
	return v.campaignEdited("pool-new", f, err)
}

// importCodes adds the codes of a file to a pool of this campaign.
func (v *visit) importCodes() error {
	id, err := v.id("pool")
	if err != nil {
		return err
	}
	pool, err := v.Vouchers.Get(v.ctx(), campaigns.PoolID(id))
	if err != nil {
		return err
	}
	if v.Param("campaign") != itoa(pool.CampaignID) {
		return notHere()
	}
	f := newForm(v.Say)
	file, _, err := v.Request.FormFile("file")
	if err != nil {
		return v.campaignEdited("pool-"+itoa(pool.ID), f, fault.At("file", "choose a file"))
	}
	defer func() { _ = file.Close() }()
	codes, err := campaigns.ReadCodes(file)
	if err == nil {
		_, err = v.Vouchers.Import(v.ctx(), pool.ID, codes)
	}
	return v.campaignEdited("pool-"+itoa(pool.ID), f, err)
}
