/* The tables themselves.  Sources:
 *
 * Denied keys: Chromium, net/data/ssl/blocklist/README.md and net/cert/cert_verify_proc_blocklist.inc (the sections
 * Superfish, Dell, Sennheiser, Cyberoam, Mitel, Trustwave, Hacking Team, Qaznet, DigiNotar and badssl.com): keys that
 * intercepted, whose private half was published, or that were stolen.  The many single leaves of that list are not
 * here: they have expired.
 *
 * Distrust dates (the end of the day, UTC): Entrust and AffirmTrust from 2024-11-11 (Chrome Root Program 2024-06-27, as
 * amended; JDK-8341059); GLOBALTRUST 2020 from 2024-06-30 (Mozilla, bug 1901080); Chunghwa Telecom and NetLock from
 * 2025-07-31 (Chrome Root Program 2025-05-30); Izenpe.com from 2026-04-15 (NSS 3.123.1, certdata.txt).  Chrome counts
 * from the earliest SCT, Mozilla from notBefore; here it is notBefore.  The key hashes were computed from the roots in
 * Debian's ca-certificates 20250419. */
#include "tls/trust_tables.h"

const struct trust_denied_row trust_denied_rows[] = {
	{"4bb8f35ba1e126f8dde1b0c420625ed86dce61a7bddadbdea9aba578ff13145e", "Superfish (Lenovo, 2015)"},
	{"130ad4e0633521290531b6651f5759b0bc7bc656709ff8f365c2143b0389b6f6", "eDellRoot (2015)"},
	{"cdee9f3305572a677e1a6c82dc1e02a35b11cae6a684338c9f37fe1ac8daec23", "DSDTestProvider (Dell, 2015)"},
	{"0c43ea8bcde9fc3bca165664ac8215567e3489d5393a0c81e1a79141992e1953", "Sennheiser HeadSetup (2018)"},
	{"8f591f7aa4dc3efe9490c38a4692c9011ed128f1de595569406d77b6fa1f6b4c", "Sennheiser HeadSetup (2018)"},
	{"1af56c98ff043ef92bebff54cebb4dd67a25ba956c817f3e6dd3c1e52eb584c1",
		"Cyberoam appliances, one key for all (2012)"},
	{"32ecc96f912f96d889e73088cd031c7ded2c651c805016157a23b6f32f798a3b", "Trustwave, sold for interception (2012)"},
	{"c4387d45364a313fbfe79812b35b815d42852ab03b06f11589638021c8f2cb44", "Hacking Team (2015)"},
	{"ea08c8d45d52ca593de524f0513ca6418da9859f7b08ef13ff9dd7bf612d6a37", "Hacking Team (2015)"},
	{"707d364e72ae521431dd953897f9c4846d5b8c324298fe53fbd4ada1f2d1157f", "Mitel (2017)"},
	{"6adb8e3e055460922d1501cb97f94c6a02e39c8f2774ca408825b7b58379dc14", "Mitel (2017)"},
	{"490b6ec6beb2d6034720b5149b6b29cd35515988cc16af854148b07b9b1f8a11", "Mitel (2017)"},
	{"ef551284715232de92e246c323329362b132493bb16b589e4775520beb871a56", "Mitel (2017)"},
	{"b5ba8dd7f89564c2889d3d6453c84998c77824919b64ea0835aa62986591be50", "Qaznet Trust Network (Kazakhstan)"},
	{"8e12d0cb3b7df3ea2257579489fd8658c95603ea6cf4b73163a41eb7b7e93fee", "Qaznet Trust Network (Kazakhstan)"},
	{"b13fa2e6131a888a01f3d62056fb0efbe999eb6b6e14927613e02ba8b8fb046e",
		"Information Security Certification Authority (Kazakhstan)"},
	{"b0fcce78c1664e293544c143e3d2689f723f5b6e6317107e163d22ba8069794a", "blocked-interception.badssl.com"},
	{"a4e9af01416e3a029b5d35e5b119de00cfe156c5cf95fc823cf6d05e3c1a8237", "known-interception.badssl.com"},
	{"a903af8c07bb91b0d9e3f3a30c6d53339fc5bd47e5d6bdb476598860c068a024", "DigiNotar (2011)"},
	{"d34b255b2fe7d1a09656cbab6409f73c796ec7d66af73653ecc39af978297310", "DigiNotar (2011)"},
	{"dd3eeb779bee07f9efdac382408b28d142fa842c78e8bc0e33348d57b92f0583", "DigiNotar (2011)"},
	{"93ca2d436cae7f68d2b4256ca175c985ce39926dc9f7eeaeecf2f8970fb97802", "DigiNotar (2011)"},
	{"f034f642ca1d9e88e9efeafcb15c7c937aa19e04b080f27335e1da70d1ca1201", "DigiNotar (2011)"},
	{"7e7058ea35ad4359654159973f560187f16d19c514b939c5055672d1d2a518ac", "DigiNotar (2011)"},
	{"455b87e96f1cea2f8b6dae0808ec24738fd92b7fd306757198bf389d755c0b6c", "DigiNotar (2011)"},
};
const size_t trust_denied_row_count = sizeof trust_denied_rows / sizeof trust_denied_rows[0];

const struct trust_distrust_row trust_distrust_rows[] = {
	{"1ea3c5e43ed66c2da2983a42a4a79b1e906786ce9f1b58621419a00463a87d38", 1731369599 /* 2024-11-11 */,
		"Entrust.net Certification Authority (2048)"},
	{"6dbfae00d37b9cd73f8fb47de65917af00e0dddf42dbceac20c17c0275ee2095", 1731369599 /* 2024-11-11 */,
		"Entrust Root Certification Authority"},
	{"fea2b7d645fba73d753c1ec9a7870c40e1f7b0c561e927b985bf711866e36f22", 1731369599 /* 2024-11-11 */,
		"Entrust Root Certification Authority - EC1"},
	{"76ee8590374c715437bbca6bba6028eadde2dc6dbbb8c3f610e851f11d1ab7f5", 1731369599 /* 2024-11-11 */,
		"Entrust Root Certification Authority - G2"},
	{"6c464b9a5b233a5e874da765c26f045010d2ddcff45794f0b4c7e4aafa501495", 1731369599 /* 2024-11-11 */,
		"AffirmTrust Commercial"},
	{"94072ad3f58f70f93098e5a5f6c04c96c710bd849d83184919ae90eb890ae400", 1731369599 /* 2024-11-11 */,
		"AffirmTrust Networking"},
	{"c7f43b4cf5b71568294f822b53762605f6ddd15cadece739e9e2c3cba61e9d67", 1731369599 /* 2024-11-11 */,
		"AffirmTrust Premium"},
	{"3219b09114ff495a3eb6eb00c2efeab34002ae5f0a56c7679ea087a3fa037e4f", 1731369599 /* 2024-11-11 */,
		"AffirmTrust Premium ECC"},
	{"fee8af929175687f4638a3fc983db8ecd0e5e2a83e737f3fb77b4c22fcbac0a6", 1719791999 /* 2024-06-30 */,
		"GLOBALTRUST 2020"},
	{"79caaf5347e6e4a94c8e78a98496fc74020f809ede13f220fab6104c8ded329f", 1754006399 /* 2025-07-31 */,
		"HiPKI Root CA - G1"},
	{"62554c17005543b237215f04268dcd2fd1c470240ad3c8660e25ae2c59630f55", 1754006399 /* 2025-07-31 */,
		"ePKI Root Certification Authority"},
	{"f48badd7df6a06690d0ae31373b12855f8dedb14517f362a313101cc98cc6b35", 1754006399 /* 2025-07-31 */,
		"NetLock Arany (Class Gold)"},
	{"952c2039c0243eb515dd73d83fc3643184874feb0862a9837731ed9b4742e17a", 1776297599 /* 2026-04-15 */, "Izenpe.com"},
};
const size_t trust_distrust_row_count = sizeof trust_distrust_rows / sizeof trust_distrust_rows[0];
