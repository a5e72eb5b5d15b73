// The lab without the rest, for people without an account.
import { startKeys } from '../shell/keys.js';
import { mount } from './page.js';

startKeys(() => {});
mount(document.querySelector('#main'));
