//! What `kiosk.toml` may say, and how it is told that it may not.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use devices::buttons::{Keypad, Layout, Settings};
use devices::camera::Choice;
use devices::camera::picture::{self, Crop, Flip, Level, PowerLine, Turn};
use devices::display::{self, Panel};
use edge::config::{BackupPlace, Config, LastGood, Tls, TlsFiles};
use screens::{Depth, Screen};
use sync::{hub, mqtt};
use tempfile::TempDir;

fn read(text: &str) -> Result<Config, String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    fs::write(&file, text).unwrap();
    let read = Config::read(&file);
    read.map_err(|error| {
        let message = error.to_string();
        message.replace(&file.display().to_string(), "kiosk.toml")
    })
}

#[test]
fn what_is_not_said_has_its_default() {
    assert_eq!(read("# as it comes"), Ok(Config::default()));
    assert_eq!(read("[screen]"), Ok(Config::default()));
}

#[test]
fn a_file_that_a_power_cut_emptied_is_not_taken_for_one_without_wishes() {
    for text in ["", "\n", "  \n\n"] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with("kiosk.toml: it is empty"), "{error}");
    }
}

#[test]
fn what_is_kept_of_a_file_is_read_as_if_it_stood_there_and_for_that_file_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("etc/kiosk.toml");
    let kept = |file: &Path| LastGood::at(folder.path().to_owned(), file);
    assert_eq!(kept(&file).config(), None);
    let own = "[tls]\ncertificate = \"own.pem\"\nkey = \"own.key\"\n";
    for text in ["# as it comes", own] {
        kept(&file).keep(text).unwrap();
        let expected = Config::parse(&file, text).unwrap();
        assert_eq!(kept(&file).config(), Some(expected));
        assert_eq!(kept(&folder.path().join("other.toml")).config(), None);
    }
    // A newer version may have understood it.
    kept(&file).keep("sound = \"loud\"").unwrap();
    assert_eq!(kept(&file).config(), None);
}

#[test]
fn all_of_it_can_be_said() {
    let config = read(
        r#"
        camera = "/srv/arrivals"
        listen = "0.0.0.0:80"
        names = ["desk.example.org"]
        tls = "auto"
        data = "/srv/kiosk"
        model = "/srv/breeds.onnx"
        model_key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
        display = "spi"

        [picture]
        exposure = 10_000
        white_balance = "auto"
        power_line = "off"
        flip = "both"
        rotate = 270
        crop = [0.25, 0, 0.5, 1]

        [screen]
        width = 128
        height = 64
        depth = "one-bit"

        [panel]
        driver = "gc9a01"

        [buttons]
        confirm = 5
        keypad = "auto"
        layout = "be"

        [backup]
        label = "KIOSK"

        [hub]
        url = "postgresql://kiosk_desk:secret@hub.example/daycare"
        site = "North"
        ca = "/etc/hub-ca.pem"
        photographs = true
        models = "stable"

        [mqtt]
        url = "mqtts://broker.example"
        user = "kiosk"
        password_file = "/etc/mqtt-password"
        commands = true
        "#,
    );
    let expected = Config {
        camera: Choice::Folder(PathBuf::from("/srv/arrivals")),
        picture: picture::Settings {
            exposure: Some(Level::Fixed(10_000)),
            white_balance: Some(Level::Auto),
            power_line: Some(PowerLine::Off),
            flip: Flip::Both,
            rotate: Turn::Left,
            crop: Some(Crop {
                left: 0.25,
                top: 0.0,
                width: 0.5,
                height: 1.0,
            }),
        },
        listen: "0.0.0.0:80".parse().unwrap(),
        names: vec!["desk.example.org".to_owned()],
        tls: Tls::Auto,
        data: PathBuf::from("/srv/kiosk"),
        model: Some(PathBuf::from("/srv/breeds.onnx")),
        model_key: Some("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".to_owned()),
        screen: Screen {
            width: 128,
            height: 64,
            depth: Depth::OneBit,
        },
        display: display::Choice::Spi,
        panel: Some(toml::from_str::<Panel>("driver = 'gc9a01'").unwrap()),
        buttons: Settings {
            confirm: Some(5),
            keypad: Keypad::Auto,
            layout: Layout::Be,
            ..Settings::default()
        },
        backup: Some(BackupPlace::Label("KIOSK".to_owned())),
        hub: Some(hub::Settings {
            url: "postgresql://kiosk_desk:secret@hub.example/daycare".to_owned(),
            site: "North".to_owned(),
            ca: Some(PathBuf::from("/etc/hub-ca.pem")),
            certificate: None,
            key: None,
            photographs: true,
            keep_days: 30,
            models: Some("stable".to_owned()),
        }),
        mqtt: Some(mqtt::Settings {
            user: Some("kiosk".to_owned()),
            password_file: Some(PathBuf::from("/etc/mqtt-password")),
            commands: true,
            ..toml::from_str("url = 'mqtts://broker.example'").unwrap()
        }),
    };
    assert_eq!(config, Ok(expected));
}

#[test]
fn what_is_wrong_is_said_with_its_line_and_what_is_allowed() {
    for (text, expected) in [
        (
            "\ncamara = \"auto\"",
            "kiosk.toml, line 2: unknown field `camara`, expected one of",
        ),
        (
            "listen = \"8080\"",
            "kiosk.toml, line 1: invalid socket address syntax",
        ),
        (
            "[screen]\nwidth = 5",
            "kiosk.toml, line 2: 5 pixels; 32 to 4096 are possible",
        ),
        (
            "[screen]\ndepth = \"grey\"",
            "kiosk.toml, line 2: unknown variant `grey`, expected `one-bit` or `colour`",
        ),
        ("camera = \"\"", "kiosk.toml, line 1: no camera named"),
        (
            "camera = \"ftp://desk:secret@camera/\"",
            "kiosk.toml, line 1: no camera is reached by ftp; use http, https, rtsp or rtsps",
        ),
        (
            "camera = \"rtsp://desk:secret@/stream\"",
            "kiosk.toml, line 1: the camera's address names no host",
        ),
        (
            "camera = 0",
            "kiosk.toml, line 1: invalid type: integer `0`, expected a string",
        ),
        ("camera =", "kiosk.toml, line 1: "),
        (
            "[picture]\nexposure = \"manual\"",
            "kiosk.toml, line 2: invalid value: string \"manual\", expected \"auto\" or 100 to 1000000",
        ),
        (
            "[picture]\nexposure = 50",
            "kiosk.toml, line 2: invalid value: integer `50`, expected \"auto\" or 100 to 1000000",
        ),
        (
            "[picture]\n\nwhite_balance = 5500.5",
            "kiosk.toml, line 3: invalid type: floating point `5500.5`, expected \"auto\" or 1000 to",
        ),
        (
            "[picture]\npower_line = 55",
            "kiosk.toml, line 2: invalid value: integer `55`, expected 50, 60 or \"off\"",
        ),
        (
            "[picture]\nrotate = 45",
            "kiosk.toml, line 2: invalid value: integer `45`, expected 0, 90, 180 or 270 (degrees",
        ),
        (
            "[picture]\nflip = \"left\"",
            "kiosk.toml, line 2: unknown variant `left`, expected one of `none`, `horizontal`",
        ),
        (
            "[picture]\ncrop = [10, 0, 0.5, 1]",
            "kiosk.toml, line 2: crop: 10; it is [left, top, width, height], each a share",
        ),
        (
            "[picture]\ncrop = [0.6, 0, 0.5, 1]",
            "kiosk.toml, line 2: crop: it reaches beyond the picture, since 0.6 and 0.5 are more",
        ),
        (
            "[picture]\ncrop = [0, 0, 0.5, 0.01]",
            "kiosk.toml, line 2: crop: 0.01 of the picture is too little",
        ),
        (
            "[picture]\ncrop = [nan, 0, 1, 1]",
            "kiosk.toml, line 2: crop: NaN; it is [left,",
        ),
        (
            "[picture]\ncrop = [0, 0, 1]",
            "kiosk.toml, line 2: invalid length 3, expected an array of length 4",
        ),
        (
            "[picture]\nzoom = 2",
            "kiosk.toml, line 2: unknown field `zoom`, expected one of",
        ),
        (
            "[panel]\ndriver = \"st7789\"\ncolour = true\n",
            "kiosk.toml, line 3: unknown field `colour`, expected one of",
        ),
        (
            "[panel]\ndriver = \"st7789\"\nreset = -1\n",
            "kiosk.toml, line 3: pin -1; 0 to 27 are possible, or \"none\"",
        ),
        (
            "[panel]\ndriver = \"st7789\"\nwidth = 320\n",
            "kiosk.toml, line 1: width 320; 32 to 240 are possible with the st7789",
        ),
        (
            "display = \"hdmi\"\n",
            "kiosk.toml, line 1: \"hdmi\" is no display; choose auto, none, spi, i2c or fb",
        ),
        (
            "[buttons]\nkeypad = \"/dev/ttyUSB0\"\n",
            "kiosk.toml, line 2: \"/dev/ttyUSB0\" is no keypad; choose none, auto or a device",
        ),
        (
            "[buttons]\nlayout = \"gb\"\n",
            "kiosk.toml, line 2: unknown variant `gb`, expected one of `us`, `uk`, `fr`, `be`, `de`, `ch`, `es`, `it`",
        ),
        (
            "[hub]\nurl = \"postgresql://u@hub.example/d\"\n",
            "kiosk.toml, line 1: missing field `site`",
        ),
        (
            "[hub]\nsite = \"North\"\nurl = \"postgresql://u@hub.example/d\"\nport = 1\n",
            "kiosk.toml, line 4: unknown field `port`, expected one of",
        ),
        (
            "names = []\n[hub]\nsite = \"North\"\nurl = \"hub.example\"\n",
            "kiosk.toml, line 2: [hub] url: it has another form; use postgresql://",
        ),
        (
            "[hub]\nsite = \"North\"\nurl = \"postgresql://u@hub.example/d?sslmode=disable\"\n",
            "kiosk.toml, line 1: [hub] url: sslmode=disable would send",
        ),
        (
            "[hub]\nsite = \"North\"\nurl = \"postgresql://u@hub.example/d\"\nmodels = \"stable\"\n",
            "kiosk.toml, line 1: [hub] models: bundles of the hub are installed if they are signed",
        ),
        ("[mqtt]\n", "kiosk.toml, line 1: missing field `url`"),
        (
            "[mqtt]\nurl = \"broker.example\"\n",
            "kiosk.toml, line 1: [mqtt] url: use mqtt://host or mqtts://host",
        ),
        (
            "[mqtt]\nurl = \"mqtt://broker\"\npassword = \"p\"\n",
            "kiosk.toml, line 1: [mqtt] password: name a user",
        ),
        (
            "[mqtt]\nurl = \"mqtt://broker\"\npictures = \"no\"\n",
            "kiosk.toml, line 3: invalid type: string \"no\", expected a boolean",
        ),
        (
            "names = []\ntls = \"yes\"\n",
            "kiosk.toml, line 2: tls is \"yes\"; choose \"auto\" or \"off\", or name certificate",
        ),
        (
            "tls = true\n",
            "kiosk.toml, line 1: invalid type: boolean `true`, expected \"auto\", \"off\", or a table",
        ),
        (
            "[tls]\ncertificate = \"kiosk.pem\"\n",
            "kiosk.toml, line 1: missing field `key`",
        ),
        (
            "[tls]\ncertificate = \"a\"\nkey = \"b\"\nauto = true\n",
            "kiosk.toml, line 4: unknown field `auto`, expected `certificate` or `key`",
        ),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(expected), "{text:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn the_files_of_links_and_of_the_certificate_are_relative_to_the_folder_of_the_settings() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let text = "[hub]\nurl = \"postgresql://u@hub.example/d\"\nsite = \"North\"\nca = \"ca.pem\"\n\
                [mqtt]\nurl = \"mqtts://broker\"\nuser = \"kiosk\"\npassword_file = \"mqtt/password\"\n\
                [tls]\ncertificate = \"kiosk.pem\"\nkey = \"/etc/kiosk.key\"\n";
    fs::write(&file, text).unwrap();
    let config = Config::read(&file).unwrap();
    let tls = TlsFiles {
        certificate: folder.path().join("kiosk.pem"),
        key: PathBuf::from("/etc/kiosk.key"),
    };
    assert_eq!(config.tls, Tls::Files(tls));
    assert_eq!(config.hub.unwrap().ca, Some(folder.path().join("ca.pem")));
    let password = config.mqtt.unwrap().password_file;
    assert_eq!(password, Some(folder.path().join("mqtt/password")));
}

#[test]
fn a_password_that_all_users_can_read_is_worth_a_warning() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kiosk.toml");
    let hub = |login: &str| {
        format!("[hub]\nurl = \"postgresql://{login}@hub.example/d\"\nsite = \"North\"\n")
    };
    let camera = |address: &str| format!("camera = {address:?}\n");
    let mqtt = |login: &str| format!("[mqtt]\nurl = \"mqtt://broker\"\nuser = \"u\"\n{login}\n");
    for (text, mode, is_exposed) in [
        (hub("u:secret"), 0o644, true),
        (hub("u:secret"), 0o640, false),
        (hub("u"), 0o644, false),
        (mqtt("password = \"secret\""), 0o644, true),
        (mqtt("password = \"secret\""), 0o600, false),
        (mqtt("password_file = \"password\""), 0o644, false),
        (camera("rtsp://u:secret@camera/"), 0o644, true),
        (camera("http://camera/?pwd=secret"), 0o644, true),
        (camera("rtsp://u:secret@camera/"), 0o640, false),
        (camera("rtsp://u@camera/"), 0o644, false),
        ("# nothing".to_owned(), 0o644, false),
    ] {
        fs::write(&file, &text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let warning = Config::read(&file).unwrap().exposed_password(&file);
        assert_eq!(warning.is_some(), is_exposed, "{text} {mode:o}");
        let warning = warning.unwrap_or_default();
        assert!(!is_exposed || warning.contains("chmod 640"), "{warning}");
        assert!(!warning.contains("secret"), "{warning}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_configuration_is_said() {
    let folder = TempDir::new().unwrap();
    let missing = Config::read(&folder.path().join("none.toml")).unwrap_err();
    assert!(
        missing.to_string().contains("none.toml: cannot be read"),
        "{missing}"
    );
    let big = folder.path().join("big.toml");
    fs::write(&big, vec![b'#'; 2 << 20]).unwrap();
    let error = Config::read(&big).unwrap_err();
    assert!(error.to_string().contains("bigger than 1 MiB"), "{error}");
    let bytes = folder.path().join("bytes.toml");
    fs::write(&bytes, [0xff, 0xfe, 0x00]).unwrap();
    Config::read(&bytes).unwrap_err();
}

#[test]
fn the_settings_of_the_package_are_the_defaults_and_all_that_it_offers_is_possible() {
    let installed = concat!(env!("CARGO_MANIFEST_DIR"), "/../cross/debian/kiosk.toml");
    let text = fs::read_to_string(installed).unwrap();
    let expected = Config {
        data: PathBuf::from("/var/lib/breed-kiosk"),
        // The page that sets the kiosk up is for phones.
        listen: "0.0.0.0:8080".parse().unwrap(),
        ..Config::default()
    };
    assert_eq!(read(&text), Ok(expected));

    // Behind a `#` without a space stands a setting.
    let offered: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting,
            _ => line,
        })
        // An address is an OLED's alone.
        .filter(|line| !line.starts_with("address"))
        .collect();
    let all = read(&offered.join("\n")).unwrap();
    let plain = toml::from_str::<Panel>("driver = 'st7789'").unwrap();
    assert_eq!(all.panel, Some(plain), "its values are the defaults");
    assert_eq!(
        (all.camera, all.display),
        (Choice::Auto, display::Choice::Auto)
    );
    let picture = picture::Settings {
        exposure: Some(Level::Auto),
        white_balance: Some(Level::Auto),
        power_line: Some(PowerLine::Hertz50),
        crop: Some(Crop {
            left: 0.0,
            top: 0.0,
            width: 1.0,
            height: 1.0,
        }),
        ..picture::Settings::default()
    };
    assert_eq!(all.picture, picture);
    assert_eq!(all.screen, Screen::default());
    assert_eq!(all.buttons.gpio, Settings::default().gpio);
    assert_eq!(all.buttons.keypad, Keypad::None);
    assert_eq!(all.buttons.layout, Layout::Us);
    assert!(all.buttons.set_up);
    let folder = PathBuf::from("/media/backup");
    assert_eq!(all.backup, Some(BackupPlace::Folder(folder)));
    let (hub, mqtt) = (all.hub.unwrap(), all.mqtt.unwrap());
    let plain: hub::Settings =
        toml::from_str("url = 'postgresql://u@hub.example/d'\nsite = 'North'").unwrap();
    assert_eq!(
        (hub.photographs, hub.keep_days),
        (plain.photographs, plain.keep_days)
    );
    let plain: mqtt::Settings = toml::from_str("url = 'mqtt://broker'").unwrap();
    assert_eq!(
        (mqtt.topic, mqtt.name, mqtt.discovery),
        (plain.topic, plain.name, plain.discovery)
    );
    assert_eq!(
        (mqtt.pictures, mqtt.commands, mqtt.keep_days),
        (plain.pictures, plain.commands, plain.keep_days)
    );
}
