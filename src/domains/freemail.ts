import type { RecipientProvider } from '../mail/domain-facts.ts';

/*
 * Domains that hand mailboxes to the public. Receivers refuse mail that only claims to come from
 * them, some whatever their DMARC record says, and no customer can ever verify one. The list is a
 * floor: what is not on it is judged by DNS. Internationalised names stand as A-labels.
 */

/** Domains by who runs their mailboxes. */
const byProvider: Readonly<Record<RecipientProvider, string>> = {
  gmail: 'gmail.com googlemail.com',
  microsoft: `
    outlook.com outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.th
    outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn
    outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in
    outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa
    outlook.sg outlook.sk
    hotmail.com hotmail.at hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.il hotmail.co.jp
    hotmail.co.kr hotmail.co.nz hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com.ar
    hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.mx hotmail.com.tr hotmail.com.tw
    hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it
    hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg
    live.com live.at live.be live.ca live.cl live.cn live.co.kr live.co.uk live.co.za live.com.ar
    live.com.au live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr
    live.hk live.ie live.in live.it live.jp live.nl live.no live.ru live.se
    msn.com passport.com windowslive.com`,
  yahoo: `
    yahoo.com yahoo.at yahoo.be yahoo.bg yahoo.ca yahoo.cl yahoo.co.id yahoo.co.il yahoo.co.in
    yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za yahoo.com.ar yahoo.com.au
    yahoo.com.br yahoo.com.co yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.pe yahoo.com.ph
    yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ve yahoo.com.vn yahoo.cz yahoo.de yahoo.dk
    yahoo.ee yahoo.es yahoo.fi yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.lt
    yahoo.lv yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se yahoo.sk
    ymail.com rocketmail.com myyahoo.com
    aol.com aol.at aol.be aol.ch aol.cl aol.co.nz aol.co.uk aol.com.ar aol.com.au aol.com.br
    aol.com.co aol.com.mx aol.com.tr aol.cz aol.de aol.dk aol.es aol.fi aol.fr aol.hk aol.in
    aol.it aol.jp aol.kr aol.nl aol.pl aol.ru aol.se aol.tw
    aim.com netscape.net verizon.net`,
  apple: 'icloud.com me.com mac.com',
  other: `
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io
    keemail.me fastmail.com fastmail.fm sent.com hushmail.com hushmail.me
    hush.com mailfence.com disroot.org riseup.net startmail.com runbox.com posteo.de posteo.net
    mailbox.org kolabnow.com countermail.com zoho.com zohomail.com zohomail.eu
    zohomail.in hey.com duck.com mozmail.com simplelogin.com lycos.com inbox.com
    excite.com mail2world.com rediffmail.com rediff.com indiatimes.com sify.com
    gmx.com gmx.net gmx.de gmx.at gmx.ch gmx.fr gmx.es gmx.it gmx.us gmx.co.uk gmx.eu gmx.info
    gmx.org web.de email.de mail.com email.com usa.com myself.com consultant.com engineer.com
    europe.com post.com writeme.com iname.com cheerful.com techie.com dr.com accountant.com
    contractor.net workmail.com online.de t-online.de freenet.de arcor.de vodafone.de
    mail.de kabelmail.de unitybox.de unity-mail.de ewe.net ewetel.net
    bluewin.ch hispeed.ch sunrise.ch aon.at chello.at a1.net kabsi.at inode.at
    orange.fr wanadoo.fr free.fr sfr.fr neuf.fr laposte.net bbox.fr numericable.fr aliceadsl.fr
    voila.fr club-internet.fr 9online.fr cegetel.net noos.fr
    libero.it virgilio.it alice.it tim.it tin.it tiscali.it iol.it inwind.it blu.it giallo.it
    email.it fastwebnet.it poste.it
    telefonica.net terra.es terra.com terra.com.br movistar.es ono.com ya.com
    uol.com.br bol.com.br ig.com.br globo.com globomail.com r7.com oi.com.br zipmail.com.br
    sapo.pt clix.pt mail.telepac.pt netcabo.pt iol.pt
    ziggo.nl kpnmail.nl kpnplanet.nl planet.nl home.nl hetnet.nl xs4all.nl chello.nl casema.nl
    telenet.be skynet.be proximus.be scarlet.be voo.be
    btinternet.com btopenworld.com talktalk.net talk21.com sky.com virginmedia.com blueyonder.co.uk
    ntlworld.com tiscali.co.uk plusnet.com o2.co.uk orange.net eircom.net
    telia.com bredband.net comhem.se spray.se online.no broadpark.no start.no
    mail.dk tdcadsl.dk stofanet.dk elisanet.fi kolumbus.fi luukku.com suomi24.fi simnet.is
    wp.pl o2.pl onet.pl onet.eu op.pl poczta.onet.pl interia.pl interia.eu gazeta.pl tlen.pl
    vp.pl poczta.fm autograf.pl
    seznam.cz email.cz post.cz centrum.cz volny.cz atlas.cz azet.sk centrum.sk zoznam.sk post.sk
    freemail.hu citromail.hu t-online.hu indamail.hu abv.bg mail.bg dir.bg
    inbox.lv inbox.lt one.lv mail.ee hot.ee
    otenet.gr forthnet.gr in.gr mynet.com ttmail.com superonline.com
    mail.ru inbox.ru list.ru bk.ru internet.ru vk.com rambler.ru lenta.ru autorambler.ru
    yandex.ru yandex.com yandex.by yandex.kz yandex.ua ya.ru ukr.net i.ua meta.ua bigmir.net
    tut.by
    qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com tom.com
    139.com 189.cn 21cn.com wo.cn vip.163.com vip.sina.com
    naver.com daum.net hanmail.net nate.com kakao.com
    yahoo.co.jp ymail.ne.jp docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com
    biglobe.ne.jp ocn.ne.jp so-net.ne.jp excite.co.jp goo.jp infoseek.jp
    pchome.com.tw hinet.net seed.net.tw netvigator.com singnet.com.sg pacific.net.sg
    bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au westnet.com.au xtra.co.nz
    comcast.net xfinity.com att.net sbcglobal.net bellsouth.net cox.net charter.net spectrum.net
    roadrunner.com rr.com twc.com earthlink.net mindspring.com juno.com netzero.net optonline.net
    frontier.com frontiernet.net centurylink.net embarqmail.com q.com windstream.net suddenlink.net
    cableone.net wowway.com rcn.com mediacombb.net cs.com prodigy.net pacbell.net
    ameritech.net swbell.net flash.net nvbell.net snet.net
    rogers.com shaw.ca sympatico.ca bell.net telus.net videotron.ca cogeco.ca eastlink.ca
    sasktel.net mts.net nbnet.nb.ca
    prodigy.net.mx infinitum.com.mx cantv.net fibertel.com.ar ciudad.com.ar arnet.com.ar
    speedy.com.ar adinet.com.uy vtr.net
    telkomsa.net mweb.co.za webmail.co.za vodamail.co.za walla.co.il walla.com netvision.net.il
    012.net.il bezeqint.net maktoob.com
    mailinator.com guerrillamail.com yopmail.com 10minutemail.com trashmail.com sharklasers.com
    temp-mail.org dispostable.com maildrop.cc getnada.com`,
};

const providers: ReadonlyMap<string, RecipientProvider> = new Map(
  (Object.entries(byProvider) as [RecipientProvider, string][]).flatMap(([provider, domains]) =>
    domains
      .trim()
      .split(/\s+/)
      .map((domain) => [domain, provider] as const),
  ),
);

/** All domains of the list. */
export const freemailDomains: readonly string[] = [...providers.keys()];

/**
 * Whether a domain hands mailboxes to the public. A name below such a domain counts as well: it is
 * the operator's, e.g. `vip.qq.com`, and no customer's.
 *
 * @param domain in lower-case A-labels
 */
export function isFreemail(domain: string): boolean {
  return freemailAncestor(domain) !== undefined;
}

/** Who runs the mailboxes of a domain of the list, without asking DNS; undefined for any other. */
export function freemailProvider(domain: string): RecipientProvider | undefined {
  return providers.get(domain);
}

function freemailAncestor(domain: string): string | undefined {
  const labels = domain.split('.');
  return labels
    .map((_label, index) => labels.slice(index).join('.'))
    .find((name) => providers.has(name));
}
